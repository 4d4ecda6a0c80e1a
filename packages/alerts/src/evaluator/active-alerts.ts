import type { Alert, AlertChange, Candidate, Worst } from './alert';
import type { Bounds } from './evaluator';

interface Active {
  readonly alert: Alert;
  /** When the alert ends. Undefined while its condition holds. */
  endsAt: number | undefined;
}

/** Keeps the pending and firing alerts of one severity of a rule. */
export function activeAlerts({ maxAlerts, dropped }: Bounds, record: (change: AlertChange) => void) {
  const actives = new Map<string, Active>();
  /** If the number of alerts is at its limit, no alert ends before this time. */
  let nextEnd = 0;

  function endIfDue(key: string, now: number): void {
    const { alert, endsAt } = actives.get(key) ?? {};
    if (alert === undefined || endsAt === undefined || now < endsAt) return;
    actives.delete(key);
    if (alert.state === 'firing') record({ change: 'ended', timestamp: alert.endsAt ?? now, alert });
  }

  /** Does not examine all alerts each time, because it is called for each event of a storm. */
  function isFull(now: number): boolean {
    if (actives.size < maxAlerts) return false;
    if (now < nextEnd) return true;
    for (const key of actives.keys()) endIfDue(key, now);
    nextEnd = Math.min(...Array.from(actives.values(), ({ endsAt = 0 }) => endsAt));
    return actives.size >= maxAlerts;
  }

  return {
    alerts: (): Alert[] => Array.from(actives.values(), ({ alert }) => alert),

    /** Adds the alert of an event, or updates the one with the same key. */
    add({ key, worst, create }: Candidate, timestamp: number): void {
      endIfDue(key, timestamp);
      const known = actives.get(key)?.alert;
      if (known === undefined) {
        if (isFull(timestamp)) {
          dropped.alerts++;
          return;
        }
        nextEnd = 0;
      }
      const alert = create();
      if (known === undefined) record({ change: 'started', timestamp, alert });
      const latest = known === undefined || takesPrecedence(alert, known) ? alert : known;
      const startsAt = Math.min(timestamp, known?.startsAt ?? timestamp);
      const peak = worseOf(worst, alert.peak, known?.peak);
      actives.set(key, { alert: { ...latest, peak, startsAt }, endsAt: latest.endsAt });
    },

    /**
     * Starts and continues the alerts whose conditions hold, and ends others that are due. Follows Prometheus
     * rules/alerting.go, AlertingRule.Eval, with its comparisons.
     */
    evaluate(holding: readonly Candidate[], now: number): void {
      const held = new Set<string>();
      for (const { key, worst, create } of holding) {
        const known = actives.get(key)?.alert;
        if (known === undefined && actives.size >= maxAlerts) {
          dropped.alerts++;
          continue;
        }
        held.add(key);
        const alert = create();
        const { state, startsAt } = known ?? alert;
        const starts = state === 'pending' && now - startsAt >= alert.level.forSeconds * 1000;
        const peak = worseOf(worst, alert.peak, known?.peak);
        const current: Alert = starts
          ? { ...alert, state: 'firing', peak, startsAt: now }
          : { ...alert, state, peak, startsAt };
        actives.set(key, { alert: current, endsAt: undefined });
        if (starts) record({ change: 'started', timestamp: now, alert: current });
      }
      for (const [key, active] of actives) {
        if (held.has(key)) continue;
        const { state, level } = active.alert;
        active.endsAt ??= now + (state === 'firing' ? level.keepFiringSeconds * 1000 : 0);
        endIfDue(key, now);
      }
    },
  };
}

function worseOf(worst: Worst, one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math[worst](one, other);
}

/** The later event takes precedence. If the times are equal, the result does not depend on the order of the events. */
function takesPrecedence(one: Alert, other: Alert): boolean {
  const elapsed = ({ annotations }: Alert) => Number(annotations['elapsed'] ?? 0);
  const later = (one.endsAt ?? 0) - (other.endsAt ?? 0) || elapsed(one) - elapsed(other);
  return later === 0 ? JSON.stringify(one.annotations) > JSON.stringify(other.annotations) : later > 0;
}
