import { annotationsOf } from '../rules/annotations';
import type { Level, Rule } from '../rules/rule';
import type { Subject } from './subject';

/** An alert as Alertmanager would have it; times are milliseconds since the epoch. */
export interface Alert {
  /** Pending: its condition holds, but not yet for as long as its level asks. */
  readonly state: 'pending' | 'firing';
  readonly rule: Rule;
  readonly level: Level;
  /** `alertname`, `severity`, `signal`, `receiver` where the level names one, the user's, and the subject's. */
  readonly labels: Readonly<Record<string, string>>;
  /** `summary`, `description`, `runbook_url`, `dashboard_url`, and what was told last: of an event its figures, else `value`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Since when it fires; while it is pending, since when its condition holds. */
  readonly startsAt: number;
  /** When it ends unless it is told again. Only of what events tell. */
  readonly endsAt: number | undefined;
}

/** An alert began to fire, or has ended. */
export interface AlertChange {
  readonly change: 'started' | 'ended';
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** As it was then. */
  readonly alert: Alert;
}

/** `logs` is told by an event, `metrics` by a collection. */
type Signal = 'logs' | 'metrics';

export function labelsOfAlert(
  rule: Rule,
  level: Level,
  signal: Signal,
  subject: Subject,
): Record<string, string> {
  return {
    alertname: rule.name,
    severity: level.severity,
    signal,
    ...(level.receiver === undefined ? {} : { receiver: level.receiver }),
    ...level.labels,
    ...subject.labels,
  };
}

export function annotationsOfAlert(
  rule: Rule,
  level: Level,
  told: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...annotationsOf(rule, level), ...told };
}
