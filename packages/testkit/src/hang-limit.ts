/**
 * After this many milliseconds a wait counts as a hang. Tests that end must not reach it on the busiest machine.
 */
export const HANG_LIMIT_MILLIS = 180_000;
