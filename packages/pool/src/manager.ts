import { now } from './clock';
import type { FleetShare } from './fleet/budget';
import { Fleet } from './fleet/fleet';
import { guarded } from './guarded';
import type { PoolHealth } from './health/health';
import { HealthMonitor } from './health/health-monitor';
import type { HistoryEntry } from './history';
import { Journal, type PoolStatistics } from './journal';
import type { Settings } from './options';
import type { PgClient, PgPool } from './pg-pool';
import { PoolUse } from './pool-use';
import { Publisher } from './publisher';
import { Outages } from './recovery/outages';
import { retryPoolMethods } from './retry/pool-methods';
import { serverOf } from './server';
import { LoadMeter } from './size/load-meter';
import { type PoolSize, Sizing } from './size/sizing';
import { every } from './timers';

/** Keeps one pool healthy and well sized. All its data is plain and can be serialized. */
export interface PoolManager {
  readonly health: PoolHealth;
  readonly size: PoolSize;
  readonly statistics: PoolStatistics;
  /** How the instances of the service share the server's connections; undefined while they cannot be counted. */
  readonly fleet: FleetShare | undefined;
  /** The last 100 changes of health, recoveries and changes of size, oldest first. */
  readonly history: readonly HistoryEntry[];
  /**
   * Checks the health of the pool now. If no connection is idle, it opens and closes one outside the pool. Returns the last
   * health of a pool that has ended.
   */
  checkNow(): Promise<PoolHealth>;
  /** Ends the management. The pool is used as before, with the size that the application gave it. */
  stop(): void;
}

const TICK_MILLIS = 1_000;
/** For connection attempts when there are no health checks. */
const TIMEOUT_MILLIS = 5_000;

/**
 * The manager of one pool. Nothing of the pool is replaced: it listens to the pool's events, and reads its figures once a
 * second. Only the pool refers to it, so both are garbage-collected together.
 */
export class ManagedPool implements PoolManager {
  // Private, so that a manager that is logged does not show the connection string.
  readonly #pool: PgPool;
  readonly #settings: Settings;
  readonly #journal: Journal;
  readonly #meter: LoadMeter;
  readonly #use: PoolUse;
  readonly #monitor: HealthMonitor;
  readonly #outages: Outages;
  readonly #sizing: Sizing;
  readonly #fleet: Fleet | undefined;
  readonly #stopRetry: () => void;
  readonly #stopTicks: () => void;
  /** Aborted at the end. It ends own connection attempts: `pool.end()` and the end of the process would wait for them. */
  readonly #end = new AbortController();
  #checkAt: number;
  #countFleetAt = 0;

  readonly #onConnect = () => guarded(() => this.#connected());
  readonly #onRemove = (client: PgClient) => guarded(() => this.#removed(client));

  constructor(pool: PgPool, settings: Settings) {
    this.#pool = pool;
    this.#settings = settings;
    const { name, mode, min, max, healthCheck, scaleToZero, retry } = settings;
    const { signal } = this.#end;
    const server = serverOf(pool);
    const timeoutMillis = healthCheck === false ? TIMEOUT_MILLIS : healthCheck.timeoutMillis;

    const journal = new Journal(new Publisher(pool, name, { mode, min, max }));
    const meter = new LoadMeter(pool, undefined, (error, client) =>
      guarded(() => this.#outages.releasedWith(error, client)),
    );
    const use = new PoolUse(pool, meter, scaleToZero);
    const monitor = new HealthMonitor(pool, timeoutMillis, signal, journal, {
      succeeded: (at, isConnection) => this.#outages.succeeded(at, isConnection),
      failed: (needsConnection) => this.#outages.failed(needsConnection),
    });
    this.#journal = journal;
    this.#meter = meter;
    this.#use = use;
    this.#monitor = monitor;
    this.#outages = new Outages({
      pool,
      server,
      settings,
      timeoutMillis,
      signal,
      journal,
      meter,
      use,
      monitor,
    });
    this.#sizing = new Sizing(pool, settings, meter);
    this.#fleet = settings.fleet ? new Fleet(pool, server, settings.limits) : undefined;
    this.#stopRetry =
      retry === false ? () => {} : retryPoolMethods(pool, retry, (attempt) => journal.attempted(attempt));
    this.#checkAt = this.#nextCheckAt();
    pool.on('connect', this.#onConnect);
    pool.on('remove', this.#onRemove);
    this.#stopTicks = ManagedPool.#startTicks(this, journal);
  }

  /** A separate function: closures of the constructor would keep `this`, and so the pool, alive. */
  static #startTicks(manager: ManagedPool, journal: Journal): () => void {
    return every(manager, TICK_MILLIS, tick, () => journal.ended());
  }

  get health(): PoolHealth {
    return this.#monitor.health;
  }

  get size(): PoolSize {
    return this.#sizing.size;
  }

  get statistics(): PoolStatistics {
    return this.#journal.statistics;
  }

  get fleet(): FleetShare | undefined {
    return this.#fleet?.share;
  }

  get history(): readonly HistoryEntry[] {
    return this.#journal.history;
  }

  async checkNow(): Promise<PoolHealth> {
    if (!this.isStopped && !this.#pool.ending) await this.#monitor.check(true);
    return this.health;
  }

  stop(): void {
    if (this.isStopped) return;
    this.#end.abort();
    this.#stopTicks();
    this.#outages.stop();
    this.#meter.stop();
    this.#sizing.stop();
    this.#stopRetry();
    this.#fleet?.stop();
    this.#pool.off('connect', this.#onConnect);
    this.#pool.off('remove', this.#onRemove);
    this.#journal.ended();
  }

  get isStopped(): boolean {
    return this.#end.signal.aborted;
  }

  toJSON(): Pick<PoolManager, 'health' | 'size' | 'statistics' | 'fleet' | 'history'> {
    const { health, size, statistics, fleet, history } = this;
    return { health, size, statistics, fleet, history };
  }

  /** Called once a second. */
  tick(): void {
    if (this.#pool.ending) {
      this.stop();
      return;
    }
    this.#use.tick();
    if (this.#use.hasServed) this.#monitor.succeeded(false);
    this.#monitor.review();
    this.#outages.tick();
    this.#ask(now());
    this.#resize();
  }

  /** Asks the server what is due, unless that would keep it awake. */
  #ask(at: number): void {
    const isCheckDue = at >= this.#checkAt;
    if (isCheckDue) this.#checkAt = this.#nextCheckAt();
    if (!this.#outages.mayConnect) return;
    if (isCheckDue) guarded(() => this.#monitor.check(false));
    if (at >= this.#countFleetAt) guarded(() => this.#countFleet());
  }

  /** Once in the time between two health checks; sooner again when no connection was idle. */
  async #countFleet(): Promise<void> {
    if (await this.#fleet?.check(this.#monitor.idleCheck)) this.#countFleetAt = this.#nextCheckAt();
  }

  #resize(): void {
    const resize = this.#sizing.tick(this.health.state === 'down', this.#fleet?.share);
    if (resize !== undefined) this.#journal.resized(resize);
  }

  #connected(): void {
    this.#outages.connected();
    this.#monitor.succeeded(true);
    this.#monitor.review();
  }

  #removed(client: PgClient): void {
    if (this.#pool.ending) this.stop();
    this.#outages.removed(client);
  }

  #nextCheckAt(): number {
    const { healthCheck } = this.#settings;
    if (healthCheck === false) return Number.POSITIVE_INFINITY;
    return now() + healthCheck.intervalMillis * (0.9 + 0.2 * Math.random());
  }
}

const tick = (manager: ManagedPool): void => manager.tick();
