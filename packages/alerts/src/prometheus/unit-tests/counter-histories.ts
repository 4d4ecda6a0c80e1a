/** How a counter comes to have grown, in steps of five seconds; each grows by `by` at 120 s if at all. */
export interface CounterHistory {
  readonly name: string;
  readonly valuesOf: (by: number) => string;
  readonly grows: boolean;
}

/**
 * When it is looked at: after the first evaluations of a new Prometheus, once they are older than the window, and while
 * it is news.
 */
export const FIRST_SECONDS: readonly number[] = [30, 65];
export const NEWS_SECONDS = 130;

export const BORN: CounterHistory = {
  name: 'a series that begins above zero',
  valuesOf: (by) => `_x24 ${by}x200`,
  grows: true,
};

export const HISTORIES: readonly CounterHistory[] = [
  BORN,
  { name: 'a series that grows', valuesOf: (by) => `0x23 ${by}x200`, grows: true },
  { name: 'a reset', valuesOf: (by) => `${by + 7}x23 ${by}x200`, grows: true },
  { name: 'what was there before', valuesOf: (by) => `${by}x223`, grows: false },
  { name: 'what a new Prometheus finds late', valuesOf: (by) => `_x2 ${by}x221`, grows: false },
  { name: 'a gap', valuesOf: (by) => `${by}x8 stale _x14 ${by}x200`, grows: false },
];
