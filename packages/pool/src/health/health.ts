import type { PoolHealthState } from '@pg-otel/instrumentation/channels';

/** The health of a pool. It is plain data. */
export interface PoolHealth {
  /**
   * `up`: checks and connection attempts succeed. `degraded`: some fail and others succeed. `down`: all fail. `unknown`
   * before the first check or connection.
   */
  readonly state: PoolHealthState | 'unknown';
  /** When the state began, in milliseconds since 1970. */
  readonly since: number;
  /** Checks and connection attempts that have failed since the last success. */
  readonly consecutiveFailures: number;
  /** `error.type` of the last failure; absent when there was none since the state was `up`. */
  readonly lastErrorType: string | undefined;
  /** When connections were last checked, in milliseconds since 1970. */
  readonly checkedAt: number | undefined;
  /** Mean duration of the last checks that the server answered, in seconds. */
  readonly latencySeconds: number | undefined;
}

/**
 * A success or failure counts for this time next to a later one of the other kind. Shorter outages of single connections
 * are `degraded`, and a pool is `up` again once nothing has failed for this time.
 */
const EVIDENCE_MILLIS = 5_000;

/** Decides the state of a pool from checks, connection attempts and the use of connections. It has no clock. */
export class Health {
  #state: PoolHealth['state'] = 'unknown';
  #since: number;
  #consecutiveFailures = 0;
  #lastErrorType: string | undefined;
  #checkedAt: number | undefined;
  #latencySeconds: number | undefined;
  #succeededAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** Times are in milliseconds since 1970. */
  constructor(now: number) {
    this.#since = now;
  }

  get state(): PoolHealth['state'] {
    return this.#state;
  }

  /** When a check, connection attempt or use of a connection last succeeded. */
  get succeededAt(): number {
    return this.#succeededAt;
  }

  succeeded(now: number): void {
    this.#succeededAt = now;
    this.#consecutiveFailures = 0;
  }

  failed(now: number, errorType: string): void {
    this.#failedAt = now;
    this.#consecutiveFailures += 1;
    this.#lastErrorType = errorType;
  }

  /** @param latencySeconds mean duration of the answers; undefined when no connection had to be asked, or none answered */
  checked(now: number, latencySeconds: number | undefined): void {
    this.#checkedAt = now;
    if (latencySeconds !== undefined) this.#latencySeconds = latencySeconds;
  }

  /** Decides the state again. Returns the previous one if it has changed. */
  review(now: number): PoolHealth['state'] | undefined {
    const previous = this.#state;
    const state = this.#decide(now);
    if (state === previous) return undefined;
    this.#state = state;
    this.#since = now;
    if (state === 'up') this.#lastErrorType = undefined;
    return previous;
  }

  toJSON(): PoolHealth {
    return {
      state: this.#state,
      since: this.#since,
      consecutiveFailures: this.#consecutiveFailures,
      lastErrorType: this.#lastErrorType,
      checkedAt: this.#checkedAt,
      latencySeconds: this.#latencySeconds,
    };
  }

  #decide(now: number): PoolHealth['state'] {
    if (this.#succeededAt === this.#failedAt && this.#failedAt < 0) return 'unknown';
    const fails = this.#failedAt > this.#succeededAt || now - this.#failedAt < EVIDENCE_MILLIS;
    const succeeds = this.#succeededAt >= this.#failedAt || now - this.#succeededAt < EVIDENCE_MILLIS;
    if (fails) return succeeds ? 'degraded' : 'down';
    return 'up';
  }
}
