/** The bounds of `pool.options.max`. */
export interface SizeBounds {
  readonly min: number;
  readonly max: number;
  /** Connections of the server that this process may use; absent when it is not known. */
  readonly share: number | undefined;
  /** Processes that share the server with pools like this one. Default: 1. */
  readonly instances?: number;
}

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly boundBy: 'share' | 'bounds';
  readonly isFleet: boolean;
}

/** The share applies over `min`. A pool has at least one connection. */
export function rangeOf({ min, max, share, instances = 1 }: SizeBounds): Range {
  const isBoundByShare = share !== undefined && share < max;
  const most = Math.max(1, isBoundByShare ? share : max);
  return {
    least: Math.min(most, Math.max(1, min)),
    most,
    boundBy: isBoundByShare ? 'share' : 'bounds',
    isFleet: instances > 1,
  };
}
