/** What a cumulative histogram said last: how many in all, and how many within each of some edges. */
export interface Counted {
  readonly total: number;
  readonly within: readonly number[];
  /** From when it counts, in milliseconds since the epoch. */
  readonly startMillis: number | undefined;
  readonly timestamp: number;
}

/** What came since; of a series that was reset, all that it counts. */
export function increaseSince(last: Counted, now: Counted): Counted {
  if (isReset(last, now)) return now;
  return {
    ...now,
    total: now.total - last.total,
    within: now.within.map((count, index) => count - (last.within[index] ?? 0)),
  };
}

/** Counting anew, which no counter tells: a smaller number does, and a start after the last time it was read. */
function isReset(last: Counted, now: Counted): boolean {
  return (
    now.total < last.total ||
    now.within.some((count, index) => count < (last.within[index] ?? 0)) ||
    (now.startMillis !== undefined && now.startMillis > last.timestamp)
  );
}
