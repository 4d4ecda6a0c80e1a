/** The bounds of `pool.options.max`. */
export interface SizeBounds {
  readonly min: number;
  readonly max: number;
  /** Connections of the server that this process may use; absent when it is not known. */
  readonly share: number | undefined;
  readonly idleMin?: number;
}

/** Why a size changes. */
export type ResizeReason = 'waits' | 'server-saturated' | 'idle' | 'share';

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
