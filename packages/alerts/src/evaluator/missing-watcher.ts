import { labelsOf } from '../rules/labels';
import type { LevelBase, MissingRule } from '../rules/rule';
import type { Breach } from './lasting-alerts';
import { gaugeOf } from './metrics';
import { levelsFor, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';

/** A service that is silent for this long has been taken away, and is not missed any more. */
const FORGOTTEN_MILLIS = 60 * 60_000;

interface Service {
  readonly subject: Subject;
  readonly levels: readonly LevelBase[];
  toldAt: number;
  /** The highest limit of its pools, told last; zero is the last word of a service that ended them. */
  limit: number;
}

/** Services that told their pools and tell nothing any more. */
export class MissingWatcher implements Watcher {
  readonly metric = 'db.client.connection.limit';
  dropped = 0;
  readonly #services = new Map<string, Service>();

  constructor(
    readonly rule: MissingRule,
    private readonly kept: Kept,
  ) {}

  take({ resource, point, timestamp }: WatchedPoint): void {
    const limit = gaugeOf(point);
    if (limit === undefined) return;
    const origin = { resource, attributes: point.attributes };
    const subject = subjectOf(labelsOf(this.rule), origin);
    const service = this.#services.get(subject.key);
    if (service !== undefined) {
      service.limit = service.toldAt === timestamp ? Math.max(service.limit, limit) : limit;
      service.toldAt = timestamp;
    } else if (this.#services.size >= this.kept.most) this.dropped++;
    else {
      const levels = levelsFor(this.rule.variants, origin);
      this.#services.set(subject.key, { subject, levels, toldAt: timestamp, limit });
    }
  }

  breaches(timestamp: number): readonly Breach[] {
    return Array.from(this.#services).flatMap(([key, { subject, levels, toldAt, limit }]) => {
      const silentMillis = timestamp - toldAt;
      if (silentMillis >= FORGOTTEN_MILLIS) this.#services.delete(key);
      const isMissing = silentMillis >= this.kept.staleMillis && silentMillis < FORGOTTEN_MILLIS && limit > 0;
      return isMissing
        ? levels.map((level) => ({ subject, level: level as Breach['level'], value: limit }))
        : [];
    });
  }
}
