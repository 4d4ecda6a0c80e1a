import type { PoolHealthState } from '@pg-otel/instrumentation/channels';
import { now } from './clock';
import type { Answer } from './health/idle-check';
import { History, type HistoryEntry } from './history';
import type { HealthChange, Publisher } from './publisher';
import type { FinishedRecovery } from './recovery/recovery';
import type { RetryAttempt } from './retry/repeat';
import type { Resize } from './size/resize';

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

const COUNT_OF = {
  retried: 'retriedAttempts',
  recovered: 'recoveredRequests',
  gave_up: 'givenUpRequests',
} as const satisfies Record<RetryAttempt['outcome'], keyof PoolStatistics>;

/** What happens to one managed pool: counts it, keeps the last entries, and publishes it. It does not keep the pool alive. */
export class Journal {
  readonly #publisher: Publisher;
  readonly #history = new History();
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

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  get statistics(): PoolStatistics {
    return { ...this.#counts };
  }

  get history(): readonly HistoryEntry[] {
    return this.#history.toJSON();
  }

  checked(answers: readonly Answer[]): void {
    for (const { durationSeconds, errorType } of answers) {
      this.#counts.checks += 1;
      if (errorType !== undefined) this.#counts.failedChecks += 1;
      this.#publisher.healthCheck({ durationSeconds, errorType });
    }
  }

  healthChanged(change: HealthChange & { readonly state: PoolHealthState }): void {
    const { state, since, previous, errorType } = change;
    this.#history.add({ kind: 'health', at: since, state, previous, errorType });
    this.#publisher.health(change);
  }

  connectionLost(): void {
    this.#counts.lostConnections += 1;
  }

  recovered(recovery: FinishedRecovery): void {
    this.#counts.recoveries += 1;
    this.#counts.reopenedConnections += recovery.connections;
    this.#history.add({ kind: 'recovery', at: now(), ...recovery });
    this.#publisher.recovery(recovery);
  }

  resized(resize: Resize & { readonly isApplied: boolean }): void {
    this.#counts.resizes += resize.isApplied ? 1 : 0;
    this.#history.add({ kind: 'resize', at: now(), ...resize });
    this.#publisher.resize(resize);
  }

  attempted(attempt: RetryAttempt): void {
    this.#counts[COUNT_OF[attempt.outcome]] += 1;
    this.#publisher.retry(attempt);
  }

  /** The pool is no longer managed, or was garbage-collected. */
  ended(): void {
    this.#publisher.ended();
  }
}
