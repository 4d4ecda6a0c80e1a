import { errorType } from '@pg-otel/instrumentation/pools';
import { now } from './clock';
import type { FleetShare } from './fleet/budget';
import { Fleet } from './fleet/fleet';
import { guarded } from './guarded';
import { Health, type PoolHealth } from './health/health';
import { HealthCheck } from './health/health-check';
import type { Answer } from './health/idle-check';
import { probe } from './health/probe';
import { History, type HistoryEntry } from './history';
import type { Settings } from './options';
import { isExpired, type PgClient, type PgPool } from './pg-pool';
import { Publisher } from './publisher';
import { FailedAttempts } from './recovery/failed-attempts';
import { type FinishedRecovery, type RecoveringPool, Recovery } from './recovery/recovery';
import { openConnection } from './recovery/reopen';
import { retryPoolMethods } from './retry/pool-methods';
import type { RetryAttempt } from './retry/repeat';
import { serverOf } from './server';
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

/** Counts since the pool became managed. */
export interface PoolStatistics {
  /** Connections that were checked. */
  readonly checks: number;
  readonly failedChecks: number;
  /** Connections that the server or the network closed. */
  readonly lostConnections: number;
  readonly recoveries: number;
  /** Connections that were opened again. */
  readonly reopenedConnections: number;
  /** Changes of `pool.options.max`, without advice. */
  readonly resizes: number;
  /** Failed attempts of requests that were repeated. */
  readonly retriedAttempts: number;
  /** Requests that have succeeded after a failed attempt. */
  readonly recoveredRequests: number;
  /** Requests that have failed after the last possible attempt. */
  readonly givenUpRequests: number;
}

const TICK_MILLIS = 1_000;
/** A pool that was used within this time is in use: its lost connections are opened again. */
const IN_USE_MILLIS = 30_000;
/** Shutdown, crash or recovery of the server, and lost connections between a pooler and the server. */
const SESSION_ENDED = /^(57P|08)/;
/** For connection attempts when there are no health checks. */
const TIMEOUT_MILLIS = 5_000;

/**
 * The manager of one pool. Nothing of the pool is replaced: it listens to the pool's events, and reads its figures once a
 * second. Only the pool refers to it, so both are garbage-collected together.
 */
export class ManagedPool implements PoolManager, RecoveringPool {
  // Private, so that a manager that is logged does not show the connection string.
  readonly #pool: PgPool;
  readonly #settings: Settings;
  readonly #publisher: Publisher;
  readonly #health = new Health(now());
  readonly #history = new History();
  readonly #recovery = new Recovery(this);
  readonly #sizing: Sizing;
  readonly #failedAttempts: FailedAttempts;
  readonly #healthCheck: HealthCheck;
  readonly #fleet: Fleet | undefined;
  readonly #stopRetry: () => void;
  readonly #stopTicks: () => void;
  readonly #counts = {
    checks: 0,
    failedChecks: 0,
    lostConnections: 0,
    recoveries: 0,
    reopenedConnections: 0,
    resizes: 0,
    retriedAttempts: 0,
    recoveredRequests: 0,
    givenUpRequests: 0,
  };
  /** Ends own connection attempts: `pool.end()` and the end of the process would wait for them. */
  readonly #attempts = new AbortController();
  #isStopped = false;
  #checkAt: number;
  #checking: Promise<void> | undefined;
  #countFleetAt = 0;
  /** When requests last used the pool. */
  #usedAt = Number.NEGATIVE_INFINITY;
  /** Connections that requests have returned without an error since the last tick. */
  #served = 0;
  #isOwnRelease = false;
  /** Whether a connection was lost since the last tick. */
  #hasLost = false;
  /** Connections that the pool had when all was well. */
  #connections: number;

  readonly #onConnect = () => guarded(() => this.#connected());
  // `error` is an argument of the event, not an event.
  readonly #onRelease = (error: unknown, client: PgClient) => {
    if (error) guarded(() => this.#releasedWith(error, client));
    else if (!this.#isOwnRelease && !isExpired(this.pool, client)) this.#served += 1;
  };
  readonly #onRemove = (client: PgClient) => guarded(() => this.#clientRemoved(client));

  constructor(pool: PgPool, settings: Settings) {
    this.#pool = pool;
    this.#settings = settings;
    const { name, mode, min, max } = settings;
    const publisher = new Publisher(pool, name, { mode, min, max });
    this.#publisher = publisher;
    this.#sizing = new Sizing(pool, settings);
    this.#failedAttempts = new FailedAttempts(pool);
    this.#healthCheck = new HealthCheck(pool, this.#timeoutMillis);
    this.#fleet = settings.fleet ? new Fleet(pool, serverOf(pool), settings.limits) : undefined;
    this.#stopRetry =
      settings.retry === false
        ? () => {}
        : retryPoolMethods(pool, settings.retry, (attempt) => this.#attempted(attempt));
    this.#connections = pool.totalCount;
    this.#checkAt = this.#nextCheckAt();
    pool.on('connect', this.#onConnect);
    pool.on('release', this.#onRelease);
    pool.on('remove', this.#onRemove);
    this.#stopTicks = ManagedPool.#startTicks(this, publisher);
  }

  /** A separate function: closures of the constructor would keep `this`, and so the pool, alive. */
  static #startTicks(manager: ManagedPool, publisher: Publisher): () => void {
    return every(manager, TICK_MILLIS, tick, () => publisher.ended());
  }

  get pool(): PgPool {
    return this.#pool;
  }

  get health(): PoolHealth {
    return this.#health.toJSON();
  }

  get size(): PoolSize {
    return this.#sizing.size;
  }

  get statistics(): PoolStatistics {
    return { ...this.#counts };
  }

  get fleet(): FleetShare | undefined {
    return this.#fleet?.share;
  }

  get history(): readonly HistoryEntry[] {
    return this.#history.toJSON();
  }

  async checkNow(): Promise<PoolHealth> {
    if (!this.#isStopped && !this.pool.ending) await this.#check(true);
    return this.health;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#stopTicks();
    this.#attempts.abort();
    this.#recovery.stop();
    this.#sizing.stop();
    this.#stopRetry();
    this.#fleet?.stop();
    this.pool.off('connect', this.#onConnect);
    this.pool.off('release', this.#onRelease);
    this.pool.off('remove', this.#onRemove);
    this.#publisher.ended();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get mayConnect(): boolean {
    // The end of a pool without connections is noticed at the next tick.
    return !this.pool.ending && (!this.#settings.scaleToZero || this.#isInUse);
  }

  get mayReopen(): boolean {
    return this.#settings.mode === 'act' && this.#isInUse;
  }

  async probe(): Promise<boolean> {
    const failure = await this.#tryToConnect();
    if (this.#isStopped || this.pool.ending) return false;
    if (failure === undefined) this.#succeeded(true);
    else this.#failed(failure, true);
    this.#review();
    return failure === undefined;
  }

  async open(): Promise<boolean> {
    try {
      await openConnection(this.pool, this.#timeoutMillis, this.#attempts.signal, (client, release) => {
        this.#sizing.ignore(client);
        this.#isOwnRelease = true;
        release();
        this.#isOwnRelease = false;
      });
      return true;
    } catch (error) {
      if (this.#isStopped || this.pool.ending) return false;
      this.#failed(errorType(error), true);
      this.#review();
      return false;
    }
  }

  recovered(recovery: FinishedRecovery): void {
    this.#counts.recoveries += 1;
    this.#counts.reopenedConnections += recovery.connections;
    this.#history.add({ kind: 'recovery', at: now(), ...recovery });
    this.#publisher.recovery(recovery);
  }

  toJSON(): Pick<PoolManager, 'health' | 'size' | 'statistics' | 'fleet' | 'history'> {
    const { health, size, statistics, fleet, history } = this;
    return { health, size, statistics, fleet, history };
  }

  get #timeoutMillis(): number {
    return this.#settings.healthCheck === false ? TIMEOUT_MILLIS : this.#settings.healthCheck.timeoutMillis;
  }

  get #isInUse(): boolean {
    return this.#served > 0 || now() - this.#usedAt < IN_USE_MILLIS;
  }

  /** Called once a second. */
  tick(): void {
    const { pool } = this;
    if (pool.ending) {
      this.stop();
      return;
    }
    const at = now();
    // A connection that only listens does not keep a server awake.
    const isHeld = pool.totalCount > pool.idleCount && !this.#settings.scaleToZero;
    if (this.#served > 0 || pool.waitingCount > 0 || isHeld) this.#usedAt = at;
    if (this.#served > 0) this.#succeeded(false);
    this.#served = 0;
    this.#hasLost = false;
    this.#review();
    this.#noticeFailedAttempts();
    if (!this.#recovery.isRunning) this.#connections = pool.totalCount;
    if (at >= this.#checkAt) {
      this.#checkAt = this.#nextCheckAt();
      if (this.mayConnect) guarded(() => this.#check(false));
    }
    if (at >= this.#countFleetAt && this.mayConnect) guarded(() => this.#countFleet());
    this.#resize();
  }

  #resize(): void {
    const resize = this.#sizing.tick(this.#health.state === 'down', this.#fleet?.share);
    if (resize === undefined) return;
    this.#counts.resizes += resize.isApplied ? 1 : 0;
    this.#history.add({ kind: 'resize', at: now(), ...resize });
    this.#publisher.resize(resize);
  }

  /** Once in the time between two health checks; sooner again when no connection was idle. */
  async #countFleet(): Promise<void> {
    if (await this.#fleet?.check(this.#healthCheck.idleCheck)) this.#countFleetAt = this.#nextCheckAt();
  }

  #attempted(attempt: RetryAttempt): void {
    if (attempt.outcome === 'retried') this.#counts.retriedAttempts += 1;
    if (attempt.outcome === 'recovered') this.#counts.recoveredRequests += 1;
    if (attempt.outcome === 'gave_up') this.#counts.givenUpRequests += 1;
    this.#publisher.retry(attempt);
  }

  #noticeFailedAttempts(): void {
    if (!this.#failedAttempts.tick()) return;
    this.#usedAt = now();
    this.#recovery.suspect({ hasFailed: false, needsConnection: true }, this.#connections);
  }

  #connected(): void {
    this.#connections = Math.max(this.#connections, this.pool.totalCount);
    this.#succeeded(true);
    this.#review();
  }

  #clientRemoved(client: PgClient): void {
    this.#failedAttempts.removed();
    if (this.pool.ending) this.stop();
    // pg sets it when the connection is lost, not when the pool closes it.
    if (this.#isStopped || client._queryable !== false) return;
    this.#lost();
  }

  /** The server ends a session that runs a query by the error of the query, and pg does not take that for a loss. */
  #releasedWith(error: unknown, client: PgClient): void {
    if (client._queryable === false || !SESSION_ENDED.test(errorType(error))) return;
    this.#usedAt = now();
    this.#lost();
  }

  #lost(): void {
    this.#counts.lostConnections += 1;
    if (this.#served > 0) this.#usedAt = now();
    this.#hasLost = true;
    // Servers and poolers close connections that nobody uses.
    if (this.#isInUse)
      this.#recovery.suspect({ hasFailed: false, needsConnection: false }, this.#connections);
  }

  #nextCheckAt(): number {
    const { healthCheck } = this.#settings;
    if (healthCheck === false) return Number.POSITIVE_INFINITY;
    return now() + healthCheck.intervalMillis * (0.9 + 0.2 * Math.random());
  }

  /** One check at a time: a further call waits for the one that runs. */
  #check(isRequested: boolean): Promise<void> {
    this.#checking ??= this.#runCheck(isRequested).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #runCheck(isRequested: boolean): Promise<void> {
    const answers = await this.#healthCheck.run(isRequested);
    const failures = answers.flatMap((answer) => answer.errorType ?? []);
    const hasAnswered = answers.length > failures.length;
    // Idle connections may be broken while the server works.
    const isUnclear = !hasAnswered && (failures.length > 0 || isRequested);
    const unreachable = isUnclear && !this.pool.ending ? await this.#tryToConnect() : undefined;
    if (this.#isStopped || this.pool.ending) return;

    for (const { durationSeconds, errorType } of answers) {
      this.#publisher.healthCheck({ durationSeconds, errorType });
    }
    this.#counts.checks += answers.length;
    this.#counts.failedChecks += failures.length;
    for (const type of failures) this.#failed(type, false);
    if (unreachable !== undefined) this.#failed(unreachable, true);
    else if (isUnclear) this.#succeeded(true);
    else if (hasAnswered) this.#succeeded(false);
    this.#health.checked(now(), meanSeconds(answers));
    this.#review();
  }

  /** @returns `error.type` of the failure; undefined when the server has accepted a connection */
  async #tryToConnect(): Promise<string | undefined> {
    try {
      await probe(this.pool, this.#timeoutMillis, this.#attempts.signal);
      return undefined;
    } catch (error) {
      return errorType(error);
    }
  }

  #succeeded(isConnection: boolean): void {
    const at = now();
    this.#health.succeeded(at);
    // A query that has ended in the same second as a connection was lost may have ended before.
    if (isConnection || !this.#hasLost) this.#recovery.succeeded(at, isConnection);
  }

  #failed(type: string, needsConnection: boolean): void {
    this.#health.failed(now(), type);
    this.#recovery.suspect({ hasFailed: true, needsConnection }, this.#connections);
  }

  #review(): void {
    const at = now();
    const previous = this.#health.review(at);
    if (previous === undefined) return;
    const { state, since, consecutiveFailures, lastErrorType } = this.#health.toJSON();
    if (state === 'unknown') return;
    const change = {
      state,
      previous: previous === 'unknown' ? undefined : previous,
      errorType: state === 'up' ? undefined : lastErrorType,
    };
    this.#history.add({ kind: 'health', at, ...change });
    this.#publisher.health({ ...change, since, consecutiveFailures });
  }
}

const tick = (manager: ManagedPool): void => manager.tick();

/** Of the checks that were answered. */
function meanSeconds(answers: readonly Answer[]): number | undefined {
  const answered = answers.filter(({ errorType }) => errorType === undefined);
  if (answered.length === 0) return undefined;
  return answered.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) / answered.length;
}
