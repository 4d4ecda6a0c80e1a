import { labelsOf } from '../rules/labels';
import type { LevelBase, MissingRule } from '../rules/rule';
import type { Breach } from './lasting-alerts';
import { levelsFor, type Subject, subjectOf } from './subject';
import { STALE_MILLIS, type WatchedPoint, type Watcher } from './watcher';

/** A service that is silent for this long has been taken away, and is not missed any more. */
const FORGOTTEN_MILLIS = 60 * 60_000;

interface Service {
  readonly subject: Subject;
  readonly levels: readonly LevelBase[];
  toldAt: number;
}

/** Services that told their pools and tell nothing any more. */
export class MissingWatcher implements Watcher {
  readonly metric = 'pg_otel.connection.utilization';
  dropped = 0;
  readonly #services = new Map<string, Service>();

  constructor(
    readonly rule: MissingRule,
    private readonly most: number,
  ) {}

  take({ resource, point, timestamp }: WatchedPoint): void {
    const origin = { resource, attributes: point.attributes };
    const subject = subjectOf(labelsOf(this.rule), origin);
    const service = this.#services.get(subject.key);
    if (service !== undefined) service.toldAt = timestamp;
    else if (this.#services.size >= this.most) this.dropped++;
    else {
      const levels = levelsFor(this.rule.variants, origin);
      this.#services.set(subject.key, { subject, levels, toldAt: timestamp });
    }
  }

  breaches(timestamp: number): readonly Breach[] {
    return Array.from(this.#services).flatMap(([key, { subject, levels, toldAt }]) => {
      const silentMillis = timestamp - toldAt;
      if (silentMillis >= FORGOTTEN_MILLIS) this.#services.delete(key);
      if (silentMillis < STALE_MILLIS || silentMillis >= FORGOTTEN_MILLIS) return [];
      // Since when, as Prometheus has no value for it: seconds of silence.
      return levels.map((level) => ({
        subject,
        level: level as Breach['level'],
        value: silentMillis / 1000,
      }));
    });
  }
}
