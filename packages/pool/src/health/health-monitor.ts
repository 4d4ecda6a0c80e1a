import { errorType } from '@pg-otel/instrumentation/pools';
import { now } from '../clock';
import type { Journal } from '../journal';
import type { PgPool } from '../pg-pool';
import { Health, type PoolHealth } from './health';
import { HealthCheck } from './health-check';
import type { Answer, IdleCheck } from './idle-check';
import { probe } from './probe';

/** Follows what shows the health of a pool. */
export interface HealthListener {
  /** @param isConnection whether a connection was opened, and not only an open one was used */
  succeeded(at: number, isConnection: boolean): void;
  /** @param needsConnection whether only a new connection shows that the failure is over */
  failed(needsConnection: boolean): void;
}

interface Check {
  readonly isRequested: boolean;
  readonly ended: Promise<void>;
}

/** Asks for the health of a pool, and follows what shows it otherwise. */
export class HealthMonitor {
  readonly #pool: PgPool;
  readonly #timeoutMillis: number;
  readonly #signal: AbortSignal;
  readonly #journal: Journal;
  readonly #listener: HealthListener;
  readonly #health = new Health(now());
  readonly #healthCheck: HealthCheck;
  #checking: Check | undefined;

  /** @param signal ends connection attempts when the management ends */
  constructor(
    pool: PgPool,
    timeoutMillis: number,
    signal: AbortSignal,
    journal: Journal,
    listener: HealthListener,
  ) {
    this.#pool = pool;
    this.#timeoutMillis = timeoutMillis;
    this.#signal = signal;
    this.#journal = journal;
    this.#listener = listener;
    this.#healthCheck = new HealthCheck(pool, timeoutMillis);
  }

  get health(): PoolHealth {
    return this.#health.toJSON();
  }

  get idleCheck(): IdleCheck {
    return this.#healthCheck.idleCheck;
  }

  /**
   * One check at a time: a further call waits for the one that runs. A regular check does not ask all connections, so one
   * that is requested meanwhile follows it.
   *
   * @param isRequested whether the application asks, and not the time
   */
  async check(isRequested: boolean): Promise<void> {
    let current = this.#checking;
    if (current === undefined || (isRequested && !current.isRequested)) {
      current = { isRequested, ended: this.#checkAfter(current, isRequested) };
      this.#checking = current;
    }
    try {
      await current.ended;
    } finally {
      if (this.#checking === current) this.#checking = undefined;
    }
  }

  /** Tries to connect outside the pool. Returns whether the server has accepted the connection. */
  async probe(): Promise<boolean> {
    const failure = await this.#tryToConnect();
    if (this.#isOver()) return false;
    if (failure === undefined) this.succeeded(true);
    else this.failed(failure, true);
    this.review();
    return failure === undefined;
  }

  succeeded(isConnection: boolean): void {
    const at = now();
    this.#health.succeeded(at);
    this.#listener.succeeded(at, isConnection);
  }

  failed(type: string, needsConnection: boolean): void {
    this.#health.failed(now(), type);
    this.#listener.failed(needsConnection);
  }

  /** Decides the state again: time alone changes it as well. */
  review(): void {
    const previous = this.#health.review(now());
    if (previous === undefined) return;
    const { state, since, consecutiveFailures, lastErrorType } = this.#health.toJSON();
    if (state === 'unknown') return;
    this.#journal.healthChanged({
      state,
      previous: previous === 'unknown' ? undefined : previous,
      errorType: state === 'up' ? undefined : lastErrorType,
      since,
      consecutiveFailures,
    });
  }

  #isOver(): boolean {
    return this.#signal.aborted || this.#pool.ending;
  }

  #checkAfter(previous: Check | undefined, isRequested: boolean): Promise<void> {
    if (previous === undefined) return this.#check(isRequested);
    // The caller that started the previous one gets its error.
    return previous.ended.catch(() => {}).then(() => this.#check(isRequested));
  }

  async #check(isRequested: boolean): Promise<void> {
    const answers = await this.#healthCheck.run(isRequested);
    const failures = answers.flatMap((answer) => answer.errorType ?? []);
    const hasAnswered = answers.length > failures.length;
    // Idle connections may be broken while the server works.
    const isUnclear = !hasAnswered && (failures.length > 0 || isRequested);
    const unreachable = isUnclear && !this.#pool.ending ? await this.#tryToConnect() : undefined;
    if (this.#isOver()) return;

    this.#journal.checked(answers);
    for (const type of failures) this.failed(type, false);
    if (unreachable !== undefined) this.failed(unreachable, true);
    else if (isUnclear) this.succeeded(true);
    else if (hasAnswered) this.succeeded(false);
    this.#health.checked(now(), meanSeconds(answers));
    this.review();
  }

  /** @returns `error.type` of the failure; undefined when the server has accepted a connection */
  async #tryToConnect(): Promise<string | undefined> {
    try {
      await probe(this.#pool, this.#timeoutMillis, this.#signal);
      return undefined;
    } catch (error) {
      return errorType(error);
    }
  }
}

/** Of the checks that were answered. */
function meanSeconds(answers: readonly Answer[]): number | undefined {
  const answered = answers.filter(({ errorType }) => errorType === undefined);
  if (answered.length === 0) return undefined;
  return answered.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) / answered.length;
}
