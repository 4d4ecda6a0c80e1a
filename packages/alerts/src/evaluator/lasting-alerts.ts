import { toldValue } from '../prometheus/alert-texts';
import type { Level, Rule } from '../rules/rule';
import { type Alert, annotationsOfAlert, labelsOfAlert } from './alert';
import type { History } from './history';
import type { Subject } from './subject';

/** What a rule finds above one of its levels. */
export interface Breach<L extends Level = Level> {
  readonly subject: Subject;
  readonly level: L;
  readonly value: number;
}

interface Lasting {
  readonly level: Level;
  readonly subject: Subject;
  value: number;
  /** Since when the condition holds. */
  readonly activeAt: number;
  firedAt: number | undefined;
  /** Since when a firing one no longer holds. */
  keptSince: number | undefined;
}

/** Alerts of one severity of a rule that watches a state: Prometheus' `for` and `keep_firing_for`. */
export class LastingAlerts {
  /** Breaches that found as many alerts as may be. */
  dropped = 0;
  readonly #lasting = new Map<string, Lasting>();
  readonly #rule: Rule;
  readonly #most: number;
  readonly #history: History;

  constructor(rule: Rule, most: number, history: History) {
    this.#rule = rule;
    this.#most = most;
    this.#history = history;
  }

  /** Prometheus rules/alerting.go, AlertingRule.Eval: in its order, with its comparisons. */
  evaluate(breaches: readonly Breach[], timestamp: number): void {
    const holds = new Set<string>();
    for (const { subject, level, value } of breaches) {
      const lasting = this.#lasting.get(subject.key);
      if (lasting !== undefined) lasting.value = value;
      else if (this.#lasting.size >= this.#most) {
        this.dropped++;
        continue;
      } else {
        const begun = { level, subject, value, activeAt: timestamp };
        this.#lasting.set(subject.key, { ...begun, firedAt: undefined, keptSince: undefined });
      }
      holds.add(subject.key);
    }
    for (const [key, lasting] of this.#lasting) {
      if (holds.has(key)) lasting.keptSince = undefined;
      else if (!isKept(lasting, timestamp)) {
        this.#end(key, lasting, timestamp);
        continue;
      }
      if (lasting.firedAt === undefined && timestamp - lasting.activeAt >= lasting.level.forSeconds * 1000) {
        lasting.firedAt = timestamp;
        this.#history.add('started', this.#alertOf(lasting), timestamp);
      }
    }
  }

  alerts(): Alert[] {
    return Array.from(this.#lasting.values(), (lasting) => this.#alertOf(lasting));
  }

  #end(key: string, lasting: Lasting, timestamp: number): void {
    this.#lasting.delete(key);
    if (lasting.firedAt !== undefined) this.#history.add('ended', this.#alertOf(lasting), timestamp);
  }

  #alertOf({ level, subject, value, activeAt, firedAt }: Lasting): Alert {
    return {
      state: firedAt === undefined ? 'pending' : 'firing',
      rule: this.#rule,
      level,
      labels: labelsOfAlert(this.#rule, level, 'metrics', subject),
      annotations: annotationsOfAlert(this.#rule, level, { value: toldValue(this.#rule, level, value) }),
      startsAt: firedAt ?? activeAt,
      endsAt: undefined,
    };
  }
}

/** A pending one is not kept. Sets since when it is. */
function isKept(lasting: Lasting, timestamp: number): boolean {
  if (lasting.firedAt === undefined) return false;
  lasting.keptSince ??= timestamp;
  return timestamp - lasting.keptSince < lasting.level.keepFiringSeconds * 1000;
}
