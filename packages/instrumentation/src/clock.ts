/**
 * Milliseconds of the process's monotonic clock, the only clock of operations. Spans start and end with its values, so
 * that a span's duration equals the value in the histogram.
 */
export const now = (): number => performance.now();

/** Converts milliseconds of {@link now} to seconds, the unit of the conventions. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** Converts seconds to milliseconds of {@link now}. */
export const milliseconds = (seconds: number): number => seconds * 1000;
