import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { PoolFigures } from '../channels';
import { now, seconds } from '../clock';
import type { Configuration } from '../configuration';
import type { PoolReading, PoolState } from '../pool-state';
import { CONNECTION_STATE } from '../semconv';
import { hasWeakReferences } from '../weak';
import { connectionAttributes } from './connection-attributes';
import { poolFigures, usedOf } from './pool-figures';
import { type NamedPool, PoolNames } from './pool-names';

/** Instruments whose values are read from the pools at collection. Values summed up from events would drift. */
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

/** The maximum number of pools that are gone and not yet reported as zero. Further pools are never reported as zero. */
const MAX_GONE = 1000;
/** Pools that are checked when one is added: more than one, so that dropped pools do not accumulate. */
const CHECKED = 2;

/** The values of a pool that is gone. Without them, metric readers would keep the last values of its series forever. */
const GONE: PoolReading = {
  total: 0,
  connecting: 0,
  idle: 0,
  pending: 0,
  limit: 0,
  idleMin: 0,
  idleMax: 0,
};

/** The pools of a process. Their numbers are read when metrics are collected. */
export class Pools {
  readonly #live = new Set<PoolState>();
  /** The same pools in an array, to find the next one to check; some of them may be gone. */
  readonly #turn: PoolState[] = [];
  #next = 0;
  readonly #gone = new Set<PoolState>();
  readonly #names = new PoolNames();
  #release: (() => void) | undefined;

  nameOf(configuration: Configuration, pool: NamedPool): string {
    this.#forgetDropped();
    const name = this.#names.take(configuration, pool);
    // Without weak references nothing shows when the pool is gone, and its name would stay taken forever.
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

  /** The pools in use, and some that were dropped since the last check. */
  get known(): Iterable<PoolState> {
    return this.#live;
  }

  /** The figures of the pools in use. */
  figures(at: number): PoolFigures[] {
    return [...this.#live].flatMap((pool) => {
      const reading = pool.read();
      return reading === undefined ? [] : [poolFigures(pool, reading, at)];
    });
  }

  /** Observes the pools with the instruments of this meter, and no longer with those of the previous meter. */
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

  /** Pools that are gone come first, because a new pool may have the same name. */
  #observe(result: BatchObservableResult, instruments: Instruments): void {
    const readings = [...this.#live].map((pool) => ({ pool, reading: pool.read() }));
    for (const { pool, reading } of readings) if (reading === undefined) this.ended(pool);
    for (const pool of this.#gone) observe(result, instruments, pool, GONE);
    this.#gone.clear();
    for (const { pool, reading } of readings) {
      if (reading !== undefined) observe(result, instruments, pool, reading);
    }
  }

  /** Checks some pools at a time, in turn, because nothing reports a pool that was dropped without `end`. */
  #forgetDropped(): void {
    for (let checked = 0; checked < CHECKED && this.#turn.length > 0; checked += 1) {
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
  const used = usedOf(reading);
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
