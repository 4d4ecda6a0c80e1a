/** Whole milliseconds since 1970, by a clock that does not jump when the system's clock is set. */
export const now = (): number => Math.round(performance.timeOrigin + performance.now());
