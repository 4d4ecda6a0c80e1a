import type { Attributes } from '@opentelemetry/api';
import type { Operation } from '../../operation';
import { DATABASE_ANSWERED, OPERATION_FAILURES, OTHER } from '../../semconv';
import type { Target } from '../../target';

/** The rules for Prometheus look back over the same time (packages/alerts, prometheus/failed.ts). */
const WINDOW_SECONDS = 60;

/** Error types that are counted separately per database; applications may define any number. */
const MAX_TYPES = 100;

interface Second {
  readonly second: number;
  readonly count: number;
}

/**
 * Records how operations on each database ended within the last minute. The event of a failed connection includes how
 * many failed and whether anything succeeded: alerts need to distinguish one failure from an outage.
 */
export class RecentOutcomes {
  /** Failures per second, oldest first: in an outage there may be thousands in each second. */
  readonly #failures = new WeakMap<Target, Map<string, readonly Second[]>>();

  /** An idle connection from the pool does not show that the database answers, so `acquire` does not count. */
  succeeded({ kind, target }: Operation, at: number): void {
    if (kind !== 'acquire') target.lastSuccessAt = at;
  }

  /** @returns attributes about the last minute for a failed `connect` or `acquire`; `undefined` for other kinds */
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
