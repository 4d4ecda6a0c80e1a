/**
 * After this many milliseconds a wait is taken for a hang. It finds a test that would never end, so no machine, however
 * busy, may reach it with a test that would.
 */
export const HANG_LIMIT_MILLIS = 180_000;
