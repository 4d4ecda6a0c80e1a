import type { EventRule } from '../rules/events';
import type { Level } from '../rules/rule';
import { type Alert, annotationsOfAlert } from './alert';
import { annotationsOf, type ObservedEvent } from './event';
import type { History } from './history';

/**
 * How long an alert stays after an event told it last. The instrumentation tells what still runs each minute: nothing
 * but silence says that it has ended. The bridge gives Alertmanager the same time.
 */
const TOLD_MILLIS = 3 * 60_000;

interface Told {
  readonly rule: EventRule;
  readonly labels: Readonly<Record<string, string>>;
  level: Level;
  annotations: Readonly<Record<string, string>>;
  startsAt: number;
  toldAt: number;
}

/** Alerts of one severity of a rule that events tell. */
export class ToldAlerts {
  /** Events that came when there were as many alerts as may be. */
  dropped = 0;
  /** By their labels. */
  readonly #told = new Map<string, Told>();
  /** While there are as many as may be: before this time none of them ends. */
  #nextEnd = 0;
  readonly #most: number;
  readonly #history: History;

  constructor(most: number, history: History) {
    this.#most = most;
    this.#history = history;
  }

  tell(rule: EventRule, level: Level, labels: Readonly<Record<string, string>>, event: ObservedEvent): void {
    const { timestamp } = event;
    const key = JSON.stringify(labels);
    this.#endIfSilent(key, timestamp);
    const told = this.#told.get(key);
    if (told === undefined && this.#isFull(timestamp)) {
      this.dropped++;
      return;
    }
    const annotations = annotationsOfAlert(rule, level, annotationsOf(rule, event));
    if (told === undefined) {
      const started: Told = { rule, labels, level, annotations, startsAt: timestamp, toldAt: timestamp };
      this.#told.set(key, started);
      this.#nextEnd = 0;
      this.#history.add('started', alertOf(started), timestamp);
      return;
    }
    told.startsAt = Math.min(told.startsAt, timestamp);
    if (timestamp < told.toldAt) return;
    // Of two at the same time the same one is kept, whichever came first.
    if (timestamp === told.toldAt && !isFurther(annotations, told.annotations)) return;
    Object.assign(told, { level, annotations, toldAt: timestamp });
  }

  /** Ends those that were not told for too long. */
  evaluate(timestamp: number): void {
    for (const key of this.#told.keys()) this.#endIfSilent(key, timestamp);
  }

  alerts(): Alert[] {
    return Array.from(this.#told.values(), alertOf);
  }

  #endIfSilent(key: string, timestamp: number): void {
    const told = this.#told.get(key);
    if (told === undefined || timestamp < endOf(told)) return;
    this.#told.delete(key);
    this.#history.add('ended', alertOf(told), endOf(told));
  }

  /** In a storm this is asked for each event, so it does not look through all of them each time. */
  #isFull(timestamp: number): boolean {
    if (this.#told.size < this.#most) return false;
    if (timestamp < this.#nextEnd) return true;
    this.evaluate(timestamp);
    this.#nextEnd = Math.min(...Array.from(this.#told.values(), endOf));
    return this.#told.size >= this.#most;
  }
}

function endOf({ toldAt }: Told): number {
  return toldAt + TOLD_MILLIS;
}

function alertOf(told: Told): Alert {
  const { rule, level, labels, annotations, startsAt } = told;
  return { state: 'firing', rule, level, labels, annotations, startsAt, endsAt: endOf(told) };
}

/** The one that runs longer; else any order that is one. */
function isFurther(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const elapsed = Number(one['elapsed'] ?? 0) - Number(other['elapsed'] ?? 0);
  return elapsed === 0 ? JSON.stringify(one) > JSON.stringify(other) : elapsed > 0;
}
