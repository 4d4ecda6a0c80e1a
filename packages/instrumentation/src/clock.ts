/**
 * Milliseconds of the process's monotonic clock: the one clock of operations. Spans are started and ended with
 * its values, so that a span's duration and the histogram's value are the same number.
 */
export const now = (): number => performance.now();

/** From milliseconds of {@link now} to the seconds of the conventions. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** From seconds to the milliseconds of {@link now}. */
export const milliseconds = (seconds: number): number => seconds * 1000;
