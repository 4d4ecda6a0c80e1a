import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { now, seconds } from '../clock';
import type { PoolReading, PoolState } from '../pool-state';
import { CONNECTION_STATE } from '../semconv';
import { connectionAttributes } from './connection-attributes';

/** Instruments that are read from the pools when they are collected; sums of events would drift. */
const INSTRUMENTS = {
  count: {
    kind: 'upDownCounter',
    name: 'db.client.connection.count',
    unit: '{connection}',
    description: 'The number of connections that are currently in state described by the state attribute.',
  },
  limit: {
    kind: 'upDownCounter',
    name: 'db.client.connection.limit',
    unit: '{connection}',
    description: 'The maximum number of open connections allowed.',
  },
  idleMax: {
    kind: 'upDownCounter',
    name: 'db.client.connection.idle.max',
    unit: '{connection}',
    description: 'The maximum number of idle open connections allowed.',
  },
  idleMin: {
    kind: 'upDownCounter',
    name: 'db.client.connection.idle.min',
    unit: '{connection}',
    description: 'The minimum number of idle open connections allowed.',
  },
  pending: {
    kind: 'upDownCounter',
    name: 'db.client.connection.pending_requests',
    unit: '{request}',
    description: 'The number of current pending requests for an open connection.',
  },
  utilization: {
    kind: 'gauge',
    name: 'pg_otel.connection.utilization',
    unit: '1',
    description: 'Connections of the pool that are used or being opened, as a share of its limit.',
  },
  oldestPending: {
    kind: 'gauge',
    name: 'pg_otel.connection.pending.oldest',
    unit: 's',
    description: 'Age of the oldest request that waits for a connection.',
  },
  oldestUse: {
    kind: 'gauge',
    name: 'pg_otel.connection.use.oldest',
    unit: 's',
    description: 'Age of the longest held connection.',
  },
} as const;

type Instruments = Record<keyof typeof INSTRUMENTS, Observable>;

/** Pools whose end no reader has come to see; more than these are forgotten without a last word. */
const MAX_KNOWN = 1000;

/** What is said of a pool that is gone: readers keep the last value of a series for good. */
const GONE: PoolReading = { total: 0, idle: 0, pending: 0, limit: 0, idleMin: 0, idleMax: 0 };

/** The pools, and their numbers at the moment somebody asks. */
export class Pools {
  readonly #pools = new Set<PoolState>();
  #release: (() => void) | undefined;

  add(pool: PoolState): void {
    if (this.#pools.size >= MAX_KNOWN) {
      for (const known of this.#pools) if (known.read() === undefined) this.#pools.delete(known);
    }
    this.#pools.add(pool);
  }

  /** Those in use, and some whose end no reader has come to see. */
  get known(): Iterable<PoolState> {
    return this.#pools;
  }

  /** Observed no more; returns what was known, for a successor. */
  retire(): Iterable<PoolState> {
    this.#release?.();
    this.#release = undefined;
    const pools = [...this.#pools];
    this.#pools.clear();
    return pools;
  }

  live(): PoolState[] {
    return [...this.#pools].filter((pool) => pool.read() !== undefined);
  }

  /** Observed by the reader of this meter from now on, and by no other. */
  take(meter: Meter): void {
    this.#release?.();
    const instruments = Object.fromEntries(
      Object.entries(INSTRUMENTS).map(([key, { kind, name, ...options }]) => [
        key,
        kind === 'gauge'
          ? meter.createObservableGauge(name, options)
          : meter.createObservableUpDownCounter(name, options),
      ]),
    ) as Instruments;
    const observables = Object.values(instruments);
    const callback = (result: BatchObservableResult): void => {
      for (const pool of this.#pools) {
        const reading = pool.read();
        observe(result, instruments, pool, reading ?? GONE);
        if (reading === undefined) this.#pools.delete(pool);
      }
    };
    meter.addBatchObservableCallback(callback, observables);
    this.#release = () => meter.removeBatchObservableCallback(callback, observables);
  }
}

function observe(
  result: BatchObservableResult,
  instruments: Instruments,
  pool: PoolState,
  reading: PoolReading,
): void {
  const attributes = connectionAttributes(pool.target, pool);
  const used = Math.max(0, reading.total - reading.idle - pool.connecting);
  const tell = (instrument: Observable, value: number, more?: Attributes): void =>
    result.observe(instrument, value, more === undefined ? attributes : { ...attributes, ...more });
  tell(instruments.count, used, { [CONNECTION_STATE]: 'used' });
  tell(instruments.count, reading.idle, { [CONNECTION_STATE]: 'idle' });
  tell(instruments.limit, reading.limit);
  tell(instruments.idleMax, reading.idleMax);
  tell(instruments.idleMin, reading.idleMin);
  tell(instruments.pending, reading.pending);
  tell(instruments.utilization, reading.limit > 0 ? (used + pool.connecting) / reading.limit : 0);
  tell(
    instruments.oldestPending,
    oldest(pool.waiting, ({ startedAt }) => startedAt),
  );
  tell(
    instruments.oldestUse,
    oldest(pool.checkouts, ({ acquiredAt }) => acquiredAt),
  );
}

/** Age of the first of a set that is ordered by time; 0 when it is empty. */
function oldest<Item>(items: ReadonlySet<Item>, since: (item: Item) => number): number {
  for (const item of items) return seconds(now() - since(item));
  return 0;
}
