import type { EventRule, Level } from '../rules/rule';
import { TIMES } from '../rules/times';
import type { Alert } from './alert';
import { annotationsOfEvent, type breachedLevels, type ObservedEvent } from './event';
import type { History } from './history';

const HOLD_MILLIS = TIMES.holdAlert * 1000;

type Breached = ReturnType<typeof breachedLevels>[number];

interface Reported {
  readonly rule: EventRule;
  readonly labels: Readonly<Record<string, string>>;
  level: Level;
  annotations: Readonly<Record<string, string>>;
  startsAt: number;
  lastEventAt: number;
}

/** The alerts of one severity of a rule on log events. They end when no event has followed for three minutes. */
export class EventAlerts {
  /** The number of events that were dropped because the number of alerts was at its limit. */
  dropped = 0;
  /** Alerts by their labels. */
  readonly #reported = new Map<string, Reported>();
  /** If the number of alerts is at its limit, no alert ends before this time. */
  #nextEnd = 0;
  readonly #rule: EventRule;
  readonly #most: number;
  readonly #history: History;

  constructor(rule: EventRule, most: number, history: History) {
    this.#rule = rule;
    this.#most = most;
    this.#history = history;
  }

  add(level: Breached, labels: Readonly<Record<string, string>>, event: ObservedEvent): void {
    const { timestamp } = event;
    const key = JSON.stringify(labels);
    this.#endIfSilent(key, timestamp);
    const reported = this.#reported.get(key);
    if (reported === undefined && this.#isFull(timestamp)) {
      this.dropped++;
      return;
    }
    const rule = this.#rule;
    const annotations = annotationsOfEvent(rule, level, event);
    if (reported === undefined) {
      const started = { rule, labels, level, annotations, startsAt: timestamp, lastEventAt: timestamp };
      this.#reported.set(key, started);
      this.#nextEnd = 0;
      this.#history.add('started', alertOf(started), timestamp);
      return;
    }
    reported.startsAt = Math.min(reported.startsAt, timestamp);
    if (timestamp < reported.lastEventAt) return;
    // If two events have the same time, the result does not depend on their order.
    if (timestamp === reported.lastEventAt && !takesPrecedence(annotations, reported.annotations)) return;
    Object.assign(reported, { level, annotations, lastEventAt: timestamp });
  }

  /** Ends alerts whose event was not repeated in time. */
  evaluate(timestamp: number): void {
    for (const key of this.#reported.keys()) this.#endIfSilent(key, timestamp);
  }

  alerts(): Alert[] {
    return Array.from(this.#reported.values(), alertOf);
  }

  #endIfSilent(key: string, timestamp: number): void {
    const reported = this.#reported.get(key);
    if (reported === undefined || timestamp < endOf(reported)) return;
    this.#reported.delete(key);
    this.#history.add('ended', alertOf(reported), endOf(reported));
  }

  /** Does not examine all alerts each time, because it is called for each event of a storm. */
  #isFull(timestamp: number): boolean {
    if (this.#reported.size < this.#most) return false;
    if (timestamp < this.#nextEnd) return true;
    this.evaluate(timestamp);
    this.#nextEnd = Math.min(...Array.from(this.#reported.values(), endOf));
    return this.#reported.size >= this.#most;
  }
}

function endOf({ lastEventAt }: Reported): number {
  return lastEventAt + HOLD_MILLIS;
}

function alertOf(reported: Reported): Alert {
  const { rule, level, labels, annotations, startsAt } = reported;
  return { state: 'firing', rule, level, labels, annotations, startsAt, endsAt: endOf(reported) };
}

/** The annotations with the longer elapsed time take precedence; if it is equal, those that sort last. */
function takesPrecedence(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const elapsed = Number(one['elapsed'] ?? 0) - Number(other['elapsed'] ?? 0);
  return elapsed === 0 ? JSON.stringify(one) > JSON.stringify(other) : elapsed > 0;
}
