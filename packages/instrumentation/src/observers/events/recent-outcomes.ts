import type { Attributes } from '@opentelemetry/api';
import type { Operation } from '../../operation';
import { DATABASE_ANSWERED, OPERATION_FAILURES, OTHER } from '../../semconv';
import type { Target } from '../../target';

/** Rules for Prometheus look back as far (packages/alerts, prometheus/operations.ts). */
const WINDOW_SECONDS = 60;

/** Types of errors counted apart at a database: an application may make as many as it likes. */
const MAX_TYPES = 100;

interface Second {
  readonly second: number;
  readonly count: number;
}

/**
 * How operations at each database ended within the last minute. A single event says by it whether a failed connection
 * is one of many, or the only thing that was tried: an alert needs one or the other.
 */
export class RecentOutcomes {
  /** Each second that had failures, oldest first: in an outage there may be thousands in each. */
  readonly #failures = new WeakMap<Target, Map<string, readonly Second[]>>();

  /** Once for each operation: no more than an assignment. A connection that the pool already had proves nothing. */
  succeeded({ kind, target }: Operation, at: number): void {
    if (kind !== 'acquire') target.lastSuccessAt = at;
  }

  /** @returns what the event of a failed connection, or of a failed request for one, says of the minute before it */
  failed({ kind, target, failure }: Operation, at: number): Attributes | undefined {
    if (kind !== 'connect' && kind !== 'acquire') return undefined;
    return {
      [OPERATION_FAILURES]: this.#count(target, `${kind} ${failure?.type}`, Math.floor(at / 1000)),
      [DATABASE_ANSWERED]: at - target.lastSuccessAt < WINDOW_SECONDS * 1000,
    };
  }

  #count(target: Target, type: string, second: number): number {
    const failures = this.#failures.get(target) ?? new Map<string, readonly Second[]>();
    this.#failures.set(target, failures);
    const key = failures.has(type) || failures.size < MAX_TYPES ? type : OTHER;
    const recent = (failures.get(key) ?? []).filter((each) => each.second > second - WINDOW_SECONDS);
    const last = recent.at(-1)?.second === second ? recent.pop() : undefined;
    recent.push({ second, count: (last?.count ?? 0) + 1 });
    failures.set(key, recent);
    return recent.reduce((sum, { count }) => sum + count, 0);
  }
}
