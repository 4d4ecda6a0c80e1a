import type { Level, Rule } from '../rules/rule';

/** An alert, as Alertmanager would receive it. Times are milliseconds since the epoch. */
export interface Alert {
  /** Pending: the condition holds, but not yet for as long as the level requires. */
  readonly state: 'pending' | 'firing';
  readonly rule: Rule;
  readonly level: Level;
  /** `alertname`, `severity`, `signal`, `receiver` if the level has one, labels from the thresholds file, and labels of the subject. */
  readonly labels: Readonly<Record<string, string>>;
  /** `summary`, `description`, `runbook_url`, `dashboard_url`, and either attributes of the latest event or `value`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** When the alert began to fire; for a pending alert, when its condition began to hold. */
  readonly startsAt: number;
  /** When the alert ends unless its event is repeated. Undefined for alerts from metrics. */
  readonly endsAt: number | undefined;
}

/** An alert whose condition holds. It is created only if it is not dropped. */
export interface Candidate {
  /** Identifies the alert among those of its rule and severity. */
  readonly key: string;
  readonly level: Level;
  create(): Alert;
}

/** The start or the end of a firing alert. */
export interface AlertChange {
  readonly change: 'started' | 'ended';
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** The alert at that time. */
  readonly alert: Alert;
}
