/** The latest counts of a cumulative histogram: all operations, and those within each of some edges. */
export interface Counted {
  readonly total: number;
  readonly within: readonly number[];
  /** Since when it counts, in milliseconds since the epoch. */
  readonly startMillis: number | undefined;
  readonly timestamp: number;
}

/** The increase since the last collection. A series that was reset has increased by all that it counts. */
export function increaseSince(last: Counted, now: Counted): Counted {
  if (isReset(last, now)) return now;
  return {
    ...now,
    total: now.total - last.total,
    within: now.within.map((count, index) => count - (last.within[index] ?? 0)),
  };
}

/** A counter has no sign of a reset: a smaller number shows it, or a start after the last collection. */
function isReset(last: Counted, now: Counted): boolean {
  return (
    now.total < last.total ||
    now.within.some((count, index) => count < (last.within[index] ?? 0)) ||
    (now.startMillis !== undefined && now.startMillis > last.timestamp)
  );
}
