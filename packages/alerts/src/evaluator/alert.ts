import type { Level, Rule } from '../rules/rule';

/** An alert as Alertmanager would have it. Times are milliseconds since the epoch. */
export interface Alert {
  /** Pending: the condition holds, but not yet for as long as the level requires. */
  readonly state: 'pending' | 'firing';
  readonly rule: Rule;
  readonly level: Level;
  /** `alertname`, `severity`, `signal`, `receiver` if the level names one, the user's labels, and those of the subject. */
  readonly labels: Readonly<Record<string, string>>;
  /** `summary`, `description`, `runbook_url`, `dashboard_url`, and the latest figures: those of the event, or `value`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** When it began to fire. While it is pending: when its condition began to hold. */
  readonly startsAt: number;
  /** When it ends unless the event is repeated. Only for alerts from events. */
  readonly endsAt: number | undefined;
}

/** An alert began to fire, or has ended. */
export interface AlertChange {
  readonly change: 'started' | 'ended';
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** The alert at that time. */
  readonly alert: Alert;
}
