import type { Level, Rule } from '../rules/rule';
import { annotationsOf, levelLabels, valueText } from '../rules/watch';
import type { Alert } from './alert';
import type { History } from './history';
import type { Subject } from './subject';

/** A subject whose value exceeds a level of a rule, or falls below it. */
export interface Breach {
  readonly subject: Subject;
  readonly level: Level;
  readonly value: number;
}

interface Lasting {
  readonly level: Level;
  readonly subject: Subject;
  value: number;
  /** When the condition began to hold. */
  readonly activeAt: number;
  firedAt: number | undefined;
  /** When the condition of a firing alert ended. */
  keptSince: number | undefined;
}

/** The alerts of one severity of a rule on a state, with `for` and `keep_firing_for` as in Prometheus. */
export class LastingAlerts {
  /** The number of breaches that were dropped because the number of alerts was at its limit. */
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

  /** Follows Prometheus rules/alerting.go, AlertingRule.Eval, in its order and with its comparisons. */
  evaluate(breaches: readonly Breach[], timestamp: number): void {
    const holding = new Set<string>();
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
      holding.add(subject.key);
    }
    for (const [key, lasting] of this.#lasting) {
      if (holding.has(key)) lasting.keptSince = undefined;
      else if (!isKept(lasting, timestamp)) {
        this.#lasting.delete(key);
        if (lasting.firedAt !== undefined) this.#history.add('ended', this.#alertOf(lasting), timestamp);
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

  #alertOf({ level, subject, value, activeAt, firedAt }: Lasting): Alert {
    const rule = this.#rule;
    return {
      state: firedAt === undefined ? 'pending' : 'firing',
      rule,
      level,
      labels: labelsOfAlert(rule, level, 'metrics', subject),
      annotations: {
        ...annotationsOf(rule, level),
        // The same formats as the templates of the Prometheus rules.
        value: valueText(rule, level, {
          percent: `${Number((value * 100).toPrecision(4))}%`,
          seconds: `${value.toFixed(3)} s`,
          count: value.toFixed(0),
        }),
      },
      startsAt: firedAt ?? activeAt,
      endsAt: undefined,
    };
  }
}

/** Whether an alert keeps firing although its condition has ended. Records when the condition ended. */
function isKept(lasting: Lasting, timestamp: number): boolean {
  if (lasting.firedAt === undefined) return false;
  lasting.keptSince ??= timestamp;
  return timestamp - lasting.keptSince < lasting.level.keepFiringSeconds * 1000;
}

/** All labels of an alert. */
export function labelsOfAlert(
  { name }: Rule,
  level: Level,
  signal: 'logs' | 'metrics',
  { labels }: Subject,
): Record<string, string> {
  return { alertname: name, ...levelLabels(level, signal), ...labels };
}
