/** A cost or a ratio, as *median / least*. */
export const both = ({ median, least }) => `${median.toFixed(2)} / ${least.toFixed(2)}`;
export const integers = ({ median, least }) => `${median.toFixed(0)} / ${least.toFixed(0)}`;
/** Of microseconds. */
export const nanoseconds = ({ median, least }) => integers({ median: 1_000 * median, least: 1_000 * least });
/** Of a share. */
export const percent = ({ median, least }) => `${(100 * median).toFixed(1)} / ${(100 * least).toFixed(1)}`;
