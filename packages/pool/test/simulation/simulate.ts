import type { PgClient } from '../../src/pg-pool';
import { applySize } from '../../src/size/apply-size';
import { LoadMeter } from '../../src/size/load-meter';
import { Clock } from './clock';
import { SimulatedPool } from './pool';
import { type Random, randomOf } from './random';
import type { Scenario } from './scenario';
import { Server } from './server';
import type { Strategy } from './strategies';
import { WORK } from './work';

// Inside jest, each access to a global takes long.
const { ceil, floor, log, max, min } = Math;
const SERVER = { cores: 2, maxConnections: 100 };
/** Connections of the server that are kept for superusers. */
const RESERVED = 3;
const CHECK_SECONDS = 30;
/** A request that failed is repeated by a caller of the closed loop after so long. */
const RETRY_SECONDS = 0.1;

interface Second {
  completed: number;
  failed: number;
  /** Of the requests that got a connection. */
  waits: number;
  waitSeconds: number;
  useSeconds: number;
  /** The sum of the sizes, and the connections, at the end of the second. */
  size: number;
  connections: number;
}

export interface Outcome {
  readonly seconds: readonly Second[];
  readonly completed: number;
  readonly failed: number;
  readonly meanWaitSeconds: number;
  readonly p99WaitSeconds: number;
  /** Every change of a size of the first process. */
  readonly changes: readonly { readonly at: number; readonly from: number; readonly to: number }[];
}

/** A strategy, or a size that stays. */
export type Sizing = (() => Strategy) | number;

const SIZE_BOUNDS = { min: 2, max: 30 };

export function simulate(scenario: Scenario, sizing: Sizing, seed = 1): Outcome {
  return new Simulation(scenario, sizing, seed).run();
}

/** Steps of the histogram of waits: 5 % each, from 0.1 ms. */
const bucketOf = (seconds: number) => max(0, ceil(log(seconds / 1e-4) / log(1.05)));

class Simulation {
  readonly #scenario: Scenario;
  readonly #sizing: Sizing;
  readonly #clock = new Clock();
  readonly #random: Random;
  readonly #server: Server;
  readonly #pools: SimulatedPool[] = [];
  readonly #seconds: Second[];
  readonly #waits: number[] = [];
  readonly #changes: { at: number; from: number; to: number }[] = [];
  #next = 0;

  constructor(scenario: Scenario, sizing: Sizing, seed: number) {
    this.#scenario = scenario;
    this.#sizing = sizing;
    this.#random = randomOf(seed);
    this.#server = new Server(this.#clock, randomOf(seed + 1), SERVER);
    this.#seconds = Array.from({ length: scenario.seconds }, () => ({
      completed: 0,
      failed: 0,
      waits: 0,
      waitSeconds: 0,
      useSeconds: 0,
      size: 0,
      connections: 0,
    }));
  }

  run(): Outcome {
    const { seconds, processes = [{ from: 0, to: seconds }], events = [], load } = this.#scenario;
    const clock = this.#clock;
    for (const [index, { from, to }] of processes.entries()) {
      clock.after(from, () => this.#startProcess(index, to));
    }
    for (const { at, run } of events) clock.after(at, () => run(this.#server));
    for (let second = 1; second <= seconds; second++)
      clock.after(second - 1e-6, () => this.#endSecond(second - 1));
    if ('callers' in load) {
      for (let caller = 0; caller < load.callers; caller++) clock.after(0, () => this.#ask(true));
    } else {
      clock.after(0, () => this.#arrive());
    }
    while (min(clock.nextAt, this.#server.nextAt) <= seconds) {
      if (clock.nextAt <= this.#server.nextAt) clock.runNext();
      else this.#server.runNext();
    }
    return this.#outcome();
  }

  #startProcess(index: number, to: number): void {
    const { start = 10, seconds } = this.#scenario;
    const { now } = this.#clock;
    const size = typeof this.#sizing === 'number' ? this.#sizing : start;
    const pool = new SimulatedPool(this.#clock, this.#server, { max: size });
    this.#pools.push(pool);
    if (to < seconds) {
      this.#clock.after(to - now, () => {
        this.#pools.splice(this.#pools.indexOf(pool), 1);
        pool.closeAll();
      });
    }
    if (typeof this.#sizing === 'number') return;

    const strategy = this.#sizing();
    const meter = new LoadMeter(pool.asPgPool, () => this.#clock.now * 1000);
    const random = randomOf(1000 + index);
    const isAlive = () => this.#pools.includes(pool);
    let instances = 1;
    const check = () => {
      if (!isAlive()) return;
      instances = this.#pools.filter(({ totalCount }) => totalCount > 0).length || 1;
      this.#clock.after(CHECK_SECONDS * (0.9 + 0.2 * random.uniform()), check);
    };
    this.#clock.after(random.uniform(), check);
    const tick = () => {
      if (!isAlive()) return;
      const share = floor((SERVER.maxConnections - RESERVED) / instances);
      const from = pool.options.max;
      const to = strategy(meter.sample(), { ...SIZE_BOUNDS, share, instances }, this.#clock.now * 1000);
      if (to !== undefined) {
        applySize(pool.asPgPool, to);
        if (index === 0) this.#changes.push({ at: this.#clock.now, from, to });
      }
      this.#clock.after(1, tick);
    };
    this.#clock.after(random.uniform(), tick);
  }

  #arrive(): void {
    const { load } = this.#scenario;
    if ('callers' in load) return;
    const { now } = this.#clock;
    const { together = 1 } = load;
    const rate = load.perSecond(now) / together;
    this.#clock.after(this.#random.exponential() / rate, () => {
      for (let one = 0; one < together; one++) this.#ask(false);
      this.#arrive();
    });
  }

  /** Processes take turns. */
  #ask(isCaller: boolean): void {
    const pool = this.#pools[this.#next++ % max(1, this.#pools.length)];
    const again = () => {
      if (isCaller) this.#ask(true);
    };
    const failed = () => {
      this.#second().failed++;
      if (isCaller) this.#clock.after(RETRY_SECONDS, again);
    };
    if (pool === undefined) {
      failed();
      return;
    }
    const asked = this.#clock.now;
    pool.request((client) => {
      if (client === undefined) failed();
      else this.#use(pool, client, asked, again, failed);
    });
  }

  #use(pool: SimulatedPool, client: PgClient, asked: number, again: () => void, failed: () => void): void {
    const got = this.#clock.now;
    const wait = got - asked;
    const bucket = bucketOf(wait);
    this.#waits[bucket] = (this.#waits[bucket] ?? 0) + 1;
    const second = this.#second();
    second.waits++;
    second.waitSeconds += wait;
    const done = (isServed: boolean) => {
      pool.release(client, !isServed || !this.#pools.includes(pool));
      if (!isServed) {
        failed();
        return;
      }
      this.#second().completed++;
      this.#second().useSeconds += this.#clock.now - got;
      again();
    };
    if (this.#server.isUp) this.#server.run(WORK[this.#scenario.kind], done);
    else done(false);
  }

  #second(): Second {
    const index = min(this.#seconds.length - 1, floor(this.#clock.now));
    return this.#seconds[index] as Second;
  }

  #endSecond(index: number): void {
    const second = this.#seconds[index] as Second;
    second.size = this.#pools.reduce((sum, { options }) => sum + options.max, 0);
    second.connections = this.#server.connections;
  }

  #outcome(): Outcome {
    const sum = (value: (second: Second) => number) =>
      this.#seconds.reduce((all, one) => all + value(one), 0);
    const waits = sum((second) => second.waits);
    let above = waits / 100;
    let bucket = this.#waits.length;
    while (above > 0 && bucket > 0) above -= this.#waits[--bucket] ?? 0;
    return {
      seconds: this.#seconds,
      completed: sum((second) => second.completed),
      failed: sum((second) => second.failed),
      meanWaitSeconds: waits === 0 ? 0 : sum((second) => second.waitSeconds) / waits,
      p99WaitSeconds: bucket === 0 ? 0 : 1e-4 * 1.05 ** bucket,
      changes: this.#changes,
    };
  }
}
