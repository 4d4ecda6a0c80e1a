import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { now, seconds } from '../clock';
import type { Configuration } from '../configuration';
import type { PoolReading, PoolState } from '../pool-state';
import { CONNECTION_STATE } from '../semconv';
import { hasWeakReferences } from '../weak';
import { connectionAttributes } from './connection-attributes';
import { type NamedPool, PoolNames } from './pool-names';

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

/** Pools that are gone and not yet reported as zero; more than these are forgotten. */
const MAX_GONE = 1000;
/** Pools that are looked at when one is added: more than come, so that those that were dropped do not pile up. */
const LOOKED_AT = 2;

/** What is reported of a pool that is gone: readers keep the last value of a series for good. */
const GONE: PoolReading = {
  total: 0,
  connecting: 0,
  idle: 0,
  pending: 0,
  limit: 0,
  idleMin: 0,
  idleMax: 0,
};

/** The pools of a process, and their numbers at the moment somebody asks. */
export class Pools {
  readonly #live = new Set<PoolState>();
  /** The same in an array, where the next one to look at is found at once; some are gone already. */
  readonly #turn: PoolState[] = [];
  #next = 0;
  readonly #gone = new Set<PoolState>();
  readonly #names = new PoolNames();
  #release: (() => void) | undefined;

  nameOf(configuration: Configuration, pool: NamedPool): string {
    this.#forgetDropped();
    const name = this.#names.take(configuration, pool);
    // Without them nothing notices when the pool is gone, and its name would be taken for good.
    if (!hasWeakReferences) this.#names.giveBack(name);
    return name;
  }

  add(pool: PoolState): void {
    if (this.#live.has(pool) || pool.read() === undefined) return;
    this.#live.add(pool);
    this.#turn.push(pool);
    this.#names.keep(pool.name);
  }

  ended(pool: PoolState): void {
    if (!this.#live.delete(pool)) return;
    this.#names.giveBack(pool.name);
    if (this.#gone.size < MAX_GONE) this.#gone.add(pool);
  }

  /** Those in use, and some that were dropped since the last look. */
  get known(): Iterable<PoolState> {
    return this.#live;
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
    const callback = (result: BatchObservableResult): void => this.#observe(result, instruments);
    meter.addBatchObservableCallback(callback, observables);
    this.#release = () => meter.removeBatchObservableCallback(callback, observables);
  }

  /** Those that are gone first: a pool that has taken over a name has the last word. */
  #observe(result: BatchObservableResult, instruments: Instruments): void {
    const readings = [...this.#live].map((pool) => ({ pool, reading: pool.read() }));
    for (const { pool, reading } of readings) if (reading === undefined) this.ended(pool);
    for (const pool of this.#gone) observe(result, instruments, pool, GONE);
    this.#gone.clear();
    for (const { pool, reading } of readings) {
      if (reading !== undefined) observe(result, instruments, pool, reading);
    }
  }

  /** Some at a time, in turn: a pool that was dropped without an end is noticed by looking only. */
  #forgetDropped(): void {
    for (let looked = 0; looked < LOOKED_AT && this.#turn.length > 0; looked += 1) {
      if (this.#next >= this.#turn.length) this.#next = 0;
      const pool = this.#turn[this.#next] as PoolState;
      if (pool.read() === undefined) this.ended(pool);
      if (this.#live.has(pool)) {
        this.#next += 1;
      } else {
        const last = this.#turn.pop() as PoolState;
        if (last !== pool) this.#turn[this.#next] = last;
      }
    }
  }
}

function observe(
  result: BatchObservableResult,
  instruments: Instruments,
  pool: PoolState,
  reading: PoolReading,
): void {
  const attributes = connectionAttributes(pool.target, pool);
  const used = Math.max(0, reading.total - reading.idle - reading.connecting);
  const record = (instrument: Observable, value: number, more?: Attributes): void =>
    result.observe(instrument, value, more === undefined ? attributes : { ...attributes, ...more });
  record(instruments.count, used, { [CONNECTION_STATE]: 'used' });
  record(instruments.count, reading.idle, { [CONNECTION_STATE]: 'idle' });
  record(instruments.limit, reading.limit);
  record(instruments.idleMax, reading.idleMax);
  record(instruments.idleMin, reading.idleMin);
  record(instruments.pending, reading.pending);
  record(instruments.utilization, reading.limit > 0 ? (used + reading.connecting) / reading.limit : 0);
  record(instruments.oldestPending, secondsSince(pool.oldestRequestAt));
  record(instruments.oldestUse, secondsSince(pool.oldestCheckoutAt));
}

const secondsSince = (moment: number | undefined): number =>
  moment === undefined ? 0 : seconds(now() - moment);
