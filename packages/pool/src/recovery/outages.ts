import { errorType } from '@pg-otel/instrumentation/pools';
import type { HealthListener, HealthMonitor } from '../health/health-monitor';
import type { Journal } from '../journal';
import type { Settings } from '../options';
import type { PgClient, PgPool } from '../pg-pool';
import type { PoolUse } from '../pool-use';
import type { Server } from '../server';
import type { LoadMeter } from '../size/load-meter';
import { FailedAttempts } from './failed-attempts';
import { type FinishedRecovery, type RecoveringPool, Recovery } from './recovery';
import { openConnection } from './reopen';

/** Shutdown, crash or recovery of the server, and lost connections between a pooler and the server. */
const SESSION_ENDED = /^(57P|08)/;

/** The parts of a manager that outages concern. */
interface Parts {
  readonly pool: PgPool;
  readonly server: Server;
  readonly settings: Pick<Settings, 'mode' | 'scaleToZero'>;
  /** Of a connection attempt. */
  readonly timeoutMillis: number;
  /** Ends connection attempts when the management ends. */
  readonly signal: AbortSignal;
  readonly journal: Journal;
  readonly meter: LoadMeter;
  readonly use: PoolUse;
  readonly monitor: HealthMonitor;
}

/** Notices what points to an outage of one pool, and lets the pool recover. */
export class Outages implements HealthListener, RecoveringPool {
  readonly #parts: Parts;
  readonly #recovery = new Recovery(this);
  readonly #failedAttempts: FailedAttempts;
  /** Whether a connection was lost since the last tick. */
  #hasLost = false;
  /** Connections that the pool had when all was well. */
  #connections: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#failedAttempts = new FailedAttempts(parts.pool);
    this.#connections = parts.pool.totalCount;
  }

  get pool(): PgPool {
    return this.#parts.pool;
  }

  get server(): string {
    const { address, port } = this.#parts.server;
    return `${address}:${port}`;
  }

  get mayConnect(): boolean {
    const { pool, settings, use } = this.#parts;
    // The end of a pool without connections is noticed at the next tick.
    return !pool.ending && (!settings.scaleToZero || use.isInUse);
  }

  get mayReopen(): boolean {
    return this.#parts.settings.mode === 'act' && this.#parts.use.isInUse;
  }

  /** To be called once a second. */
  tick(): void {
    this.#hasLost = false;
    if (this.#failedAttempts.tick()) {
      this.#parts.use.used();
      this.#suspect(false, true);
    }
    if (!this.#recovery.isRunning) this.#connections = this.pool.totalCount;
  }

  /** The pool has opened a connection. */
  connected(): void {
    this.#connections = Math.max(this.#connections, this.pool.totalCount);
  }

  /** The pool has removed a connection. */
  removed(client: PgClient): void {
    this.#failedAttempts.removed();
    // pg sets it when the connection is lost, not when the pool closes it.
    if (!this.#isOver() && client._queryable === false) this.#lost();
  }

  /** The server ends a session that runs a query by the error of the query, and pg does not take that for a loss. */
  releasedWith(error: unknown, client: PgClient): void {
    if (client._queryable === false || !SESSION_ENDED.test(errorType(error))) return;
    this.#parts.use.used();
    this.#lost();
  }

  succeeded(at: number, isConnection: boolean): void {
    // A query that has ended in the same second as a connection was lost may have ended before.
    if (isConnection || !this.#hasLost) this.#recovery.succeeded(at, isConnection);
  }

  failed(needsConnection: boolean): void {
    this.#suspect(true, needsConnection);
  }

  probe(): Promise<boolean> {
    return this.#parts.monitor.probe();
  }

  async open(): Promise<boolean> {
    const { pool, timeoutMillis, signal, meter, monitor } = this.#parts;
    try {
      await openConnection(pool, timeoutMillis, signal, (client, release) => {
        meter.ignore(client);
        release();
      });
      return true;
    } catch (error) {
      if (this.#isOver()) return false;
      monitor.failed(errorType(error), true);
      monitor.review();
      return false;
    }
  }

  recovered(recovery: FinishedRecovery): void {
    this.#parts.journal.recovered(recovery);
  }

  stop(): void {
    this.#recovery.stop();
  }

  #isOver(): boolean {
    return this.#parts.signal.aborted || this.pool.ending;
  }

  #lost(): void {
    const { journal, use } = this.#parts;
    journal.connectionLost();
    if (use.hasServed) use.used();
    this.#hasLost = true;
    // Servers and poolers close connections that nobody uses.
    if (use.isInUse) this.#suspect(false, false);
  }

  #suspect(hasFailed: boolean, needsConnection: boolean): void {
    this.#recovery.suspect({ hasFailed, needsConnection }, this.#connections);
  }
}
