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
  /**
   * The value that the rule evaluates, as a number: a share (0 to 1), seconds, connections or failures. Of an event, its
   * elapsed seconds or failures. Undefined if an event has none.
   */
  readonly value: number | undefined;
  /** The worst value since the condition began to hold: the smallest share or health, otherwise the largest value. */
  readonly peak: number | undefined;
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
  /** Which of two values is worse. */
  readonly worst: Worst;
  create(): Alert;
}

export type Worst = 'max' | 'min';

/** The start or the end of a firing alert. */
export interface AlertChange {
  readonly change: 'started' | 'ended';
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** The alert at that time. */
  readonly alert: Alert;
}
