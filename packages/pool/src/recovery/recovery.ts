import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';
import { now } from '../clock';
import type { PgPool } from '../pg-pool';
import { after } from '../timers';
import { inTurn } from './openings';

/** What a recovery needs of the manager of its pool. */
export interface RecoveringPool {
  readonly pool: PgPool;
  /** Address and port of its server. */
  readonly server: string;
  /** Whether an attempt may be made now: the server may sleep, and must not be woken. */
  readonly mayConnect: boolean;
  /** Whether connections are opened again. */
  readonly mayReopen: boolean;
  /** Tries whether the server accepts connections. Returns whether it does. */
  probe(): Promise<boolean>;
  /** Opens a connection of the pool. Returns whether it is open. */
  open(): Promise<boolean>;
  recovered(recovery: FinishedRecovery): void;
}

/** What points to an outage. */
export interface Suspicion {
  /** Whether a check or connection attempt has failed. Otherwise connections were lost. */
  readonly hasFailed: boolean;
  /** Whether only a new connection shows that the outage is over. Otherwise the use of an open one does, too. */
  readonly needsConnection: boolean;
}

/** A recovery that is over. */
export interface FinishedRecovery {
  /** Seconds from the first lost connection or failure until something worked again. */
  readonly durationSeconds: number;
  /** Connections that were opened again. */
  readonly connections: number;
}

const BACKOFF = new ExponentialBackoff({
  generator: fullJitterGenerator,
  initialDelay: 200,
  maxDelay: 10_000,
});

interface Outage {
  readonly since: number;
  /** When the last connection was lost or the last failure was seen. A success after it shows that the server works. */
  suspectedAt: number;
  hasFailed: boolean;
  needsConnection: boolean;
  /** Connections that the pool had. */
  connections: number;
  reopened: number;
  recoveredAt: number | undefined;
  backoff: IBackoff<unknown>;
}

/**
 * Brings a pool back after lost connections and failures: waits until the server accepts connections, with exponential
 * backoff and full jitter, and opens as many connections as the pool had.
 */
export class Recovery {
  readonly #manager: RecoveringPool;
  #outage: Outage | undefined;
  #cancel: (() => void) | undefined;
  #isAttempting = false;

  constructor(manager: RecoveringPool) {
    this.#manager = manager;
  }

  get isRunning(): boolean {
    return this.#outage !== undefined;
  }

  /**
   * Something points to an outage.
   *
   * @param connections how many the pool had before
   */
  suspect({ hasFailed, needsConnection }: Suspicion, connections: number): void {
    const at = now();
    const outage = this.#outage;
    if (outage !== undefined) {
      outage.suspectedAt = at;
      outage.recoveredAt = undefined;
      outage.hasFailed ||= hasFailed;
      outage.needsConnection ||= needsConnection;
      return;
    }
    const backoff = BACKOFF.next();
    this.#outage = {
      since: at,
      suspectedAt: at,
      hasFailed,
      needsConnection,
      connections,
      reopened: 0,
      recoveredAt: undefined,
      backoff,
    };
    this.#attemptAfter(backoff.duration);
  }

  /**
   * The server works: connections are opened without waiting for the next attempt.
   *
   * @param isConnection whether a connection was opened, and not only an open one was used
   */
  succeeded(at: number, isConnection: boolean): void {
    const outage = this.#outage;
    if (outage === undefined || outage.recoveredAt !== undefined || at <= outage.suspectedAt) return;
    if (outage.needsConnection && !isConnection) return;
    outage.recoveredAt = at;
    if (!this.#isAttempting) this.#attemptAfter(0);
  }

  stop(): void {
    this.#cancel?.();
    this.#outage = undefined;
  }

  #attemptAfter(millis: number): void {
    this.#cancel?.();
    this.#cancel = after(this, millis, (recovery) => recovery.#attempt());
  }

  async #attempt(): Promise<void> {
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#isAttempting = true;
    const isDone = await this.#advance(outage);
    this.#isAttempting = false;
    if (this.#outage !== outage) return;
    if (isDone) {
      this.#finish(outage);
    } else {
      outage.backoff = outage.backoff.next(undefined);
      this.#attemptAfter(outage.backoff.duration);
    }
  }

  /** @returns whether the pool has recovered, or nothing more is to be done */
  async #advance(outage: Outage): Promise<boolean> {
    const manager = this.#manager;
    if (!manager.mayConnect) return true;
    if (outage.recoveredAt === undefined && !(await inTurn(manager.server, () => manager.probe())))
      return false;
    const openings = Array.from({ length: this.#missing(outage) }, () => this.#reopen(outage));
    return (await Promise.all(openings)).every((isOpen) => isOpen);
  }

  /** @returns false when the attempt failed */
  #reopen(outage: Outage): Promise<boolean> {
    return inTurn(this.#manager.server, async () => {
      // Requests may have opened connections meanwhile.
      if (this.#outage !== outage || this.#missing(outage) === 0) return true;
      const isOpen = await this.#manager.open();
      if (isOpen) outage.reopened += 1;
      return isOpen;
    });
  }

  #missing({ connections }: Outage): number {
    const { pool, mayReopen } = this.#manager;
    if (!mayReopen || pool.ending || pool.waitingCount > 0) return 0;
    return Math.max(0, Math.min(connections, pool.options.max) - pool.totalCount);
  }

  #finish({ since, recoveredAt, hasFailed, reopened }: Outage): void {
    this.#outage = undefined;
    if (recoveredAt === undefined || (!hasFailed && reopened === 0)) return;
    this.#manager.recovered({
      durationSeconds: Math.max(0, recoveredAt - since) / 1000,
      connections: reopened,
    });
  }
}
