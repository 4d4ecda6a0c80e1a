/** Why a size changes. */
export type ResizeReason =
  /** Requests wait longer than the target. */
  | 'waits'
  /** The use time shows that the server is congested, or more connections did not do more. */
  | 'server-saturated'
  /** Fewer connections did less, so the decrease is undone. */
  | 'throughput-fell'
  /** Less than half of the connections were in use for a minute. */
  | 'idle'
  /** The size is above this process's share of the server's connections. */
  | 'share'
  /** The size is outside of `min` and `max`. */
  | 'bounds';

/** A decision to change the size of a pool. */
export interface Resize {
  readonly from: number;
  readonly to: number;
  readonly reason: ResizeReason;
  /** The reason in words. */
  readonly explanation: string;
  /** The figures that decided. */
  readonly figures: Readonly<Record<string, number>>;
}

export function milliseconds(seconds: number): string {
  const value = seconds * 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
