import { channel } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type CollectMessage,
  type OperationEndMessage,
  type PoolFigures,
  type PoolManagedMessage,
  type PoolResizeMessage,
} from '@pg-otel/instrumentation/channels';
import { type Quantiles, quantilesOf, sortedOf } from '../quantiles';
import { Ring } from '../ring';

const KEPT_WAITS = 1000;
const KEPT_RESIZES = 100;
/** The most pools whose waits and sizes are kept. A program may name a pool for each of its customers. */
const MAX_POOLS = 100;

/** A change of the size of a managed pool, or advice. */
export interface SizeChange {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** The decision in one sentence. */
  readonly explanation: string;
  readonly isApplied: boolean;
}

/** A pool now. Durations are in seconds. */
export interface PoolMetrics extends PoolFigures {
  /** Connections that are used or being opened, as a share of the limit; 0 to 1. */
  readonly utilization: number;
  /** How long the last 1000 requests waited for a connection. */
  readonly waits: { readonly count: number; readonly failed: number; readonly seconds: Quantiles };
  /** Absent for a pool that is not managed. */
  readonly managed:
    | { readonly mode: 'act' | 'advise'; readonly min: number; readonly max: number }
    | undefined;
  /** The last 100 sizes of a managed pool, oldest first. */
  readonly sizes: readonly SizeChange[];
}

interface Kept {
  readonly waits: Ring<number>;
  failedWaits: number;
  readonly sizes: Ring<SizeChange>;
  managed: PoolMetrics['managed'];
}

/** Collects the current figures of the pools and operations of this process from the instrumentation. */
export function collectFigures(): CollectMessage {
  const figures: CollectMessage = { pools: [], running: [], versions: {} };
  channel(CHANNELS.collect).publish(figures);
  return figures;
}

/** Collects what happens in pools between two collections of their figures. */
export class PoolRecords {
  readonly #pools = new Map<string, Kept>();

  waited({ poolName, durationSeconds, errorType }: OperationEndMessage): void {
    const pool = this.#of(poolName);
    if (pool === undefined) return;
    pool.waits.add(durationSeconds);
    if (errorType !== undefined) pool.failedWaits += 1;
  }

  managed({ poolName, mode, min, max }: PoolManagedMessage): void {
    const pool = this.#of(poolName);
    if (pool !== undefined) pool.managed = { mode, min, max };
  }

  resized({ poolName, from, to, reason, explanation, isApplied }: PoolResizeMessage, at: number): void {
    this.#of(poolName)?.sizes.add({ at, from, to, reason, explanation, isApplied });
  }

  metrics(figures: readonly PoolFigures[]): PoolMetrics[] {
    return figures.map((pool) => {
      const kept = this.#pools.get(pool.poolName);
      const waits = sortedOf(kept?.waits.toArray() ?? []);
      return {
        ...pool,
        utilization: pool.limit > 0 ? (pool.used + pool.connecting) / pool.limit : 0,
        waits: { count: waits.length, failed: kept?.failedWaits ?? 0, seconds: quantilesOf(waits) },
        managed: kept?.managed,
        sizes: kept?.sizes.toArray() ?? [],
      };
    });
  }

  #of(poolName: string | undefined): Kept | undefined {
    if (poolName === undefined) return undefined;
    const known = this.#pools.get(poolName);
    if (known !== undefined || this.#pools.size >= MAX_POOLS) return known;
    const pool: Kept = {
      waits: new Ring(KEPT_WAITS),
      failedWaits: 0,
      sizes: new Ring(KEPT_RESIZES),
      managed: undefined,
    };
    this.#pools.set(poolName, pool);
    return pool;
  }
}
