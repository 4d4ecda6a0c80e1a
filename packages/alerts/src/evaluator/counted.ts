/** The counts of a cumulative histogram: all operations, and the operations within some bucket edges. */
export interface Counted {
  readonly total: number;
  readonly within: readonly number[];
  /** The start of the series, in milliseconds since the epoch. */
  readonly startMillis: number | undefined;
  readonly timestamp: number;
}

/** The increase since the last collection. After a reset, the increase is the entire count. */
export function increaseSince(last: Counted, now: Counted): Counted {
  if (isReset(last, now)) return now;
  return {
    ...now,
    total: now.total - last.total,
    within: now.within.map((count, index) => count - (last.within[index] ?? 0)),
  };
}

/** Detects a reset by a lower count, or by a start time after the last collection. */
function isReset(last: Counted, now: Counted): boolean {
  return (
    now.total < last.total ||
    now.within.some((count, index) => count < (last.within[index] ?? 0)) ||
    (now.startMillis !== undefined && now.startMillis > last.timestamp)
  );
}
