import type { LevelBase, RuleOf } from '../rules/rule';
import { TIMES } from '../rules/times';
import { labelsOf } from '../rules/watch';
import { REPORTED_METRIC } from '../rules/watch/missing-telemetry';
import type { Breach } from './lasting-alerts';
import { numberOf } from './metrics';
import { levelsFor, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';

const FORGOTTEN_MILLIS = TIMES.serviceForgotten * 1000;

interface Service {
  readonly subject: Subject;
  readonly levels: readonly LevelBase[];
  seenAt: number;
  /** The highest limit of its pools in the last report. A service that ends its pools reports 0 last. */
  limit: number;
}

/** Watches for services that have stopped reporting pool metrics. */
export class MissingWatcher implements Watcher {
  readonly metric = REPORTED_METRIC;
  dropped = 0;
  readonly #services = new Map<string, Service>();
  readonly #rule: RuleOf<'missing-telemetry'>;
  readonly #kept: Kept;

  constructor(rule: RuleOf<'missing-telemetry'>, kept: Kept) {
    this.#rule = rule;
    this.#kept = kept;
  }

  take({ resource, point, timestamp }: WatchedPoint): void {
    const limit = numberOf(point);
    if (limit === undefined) return;
    const origin = { resource, attributes: point.attributes };
    const subject = subjectOf(labelsOf(this.#rule), origin);
    const service = this.#services.get(subject.key);
    if (service !== undefined) {
      service.limit = service.seenAt === timestamp ? Math.max(service.limit, limit) : limit;
      service.seenAt = timestamp;
    } else if (this.#services.size >= this.#kept.most) this.dropped++;
    else {
      const levels = levelsFor(this.#rule.variants, origin);
      this.#services.set(subject.key, { subject, levels, seenAt: timestamp, limit });
    }
  }

  breaches(timestamp: number): readonly Breach[] {
    return Array.from(this.#services).flatMap(([key, { subject, levels, seenAt, limit }]) => {
      const silentMillis = timestamp - seenAt;
      if (silentMillis >= FORGOTTEN_MILLIS) this.#services.delete(key);
      const isMissing =
        silentMillis >= this.#kept.staleMillis && silentMillis < FORGOTTEN_MILLIS && limit > 0;
      return isMissing ? levels.map((level) => ({ subject, level, value: limit })) : [];
    });
  }
}
