import type { FoldedAlert } from './alert';
import type { Outcome } from './delivery/endpoint';
import type { IncomingAlerts, NeverAlert } from './incoming-alerts';

/** Log records or data points that cannot become an alert. */
export interface Rejection {
  readonly reason: NeverAlert | 'refused';
  readonly count: number;
  readonly message: string;
  /** Names of the alerts, for the log. */
  readonly names: string;
}

const MESSAGES = {
  no_rule: 'the attribute pg_otel.alert.rule is missing',
  no_number: 'the metric is neither a gauge nor a sum',
} as const;

export function rejections(
  rejected: IncomingAlerts['rejected'],
  folded: readonly FoldedAlert[],
  outcomes: readonly Outcome[],
): Rejection[] {
  return [
    ...[...rejected].map(([reason, count]) => ({ reason, count, message: MESSAGES[reason], names: '' })),
    ...refusedAlerts(folded, outcomes),
  ];
}

const MAX_NAMES = 5;

function refusedAlerts(folded: readonly FoldedAlert[], outcomes: readonly Outcome[]): Rejection[] {
  const refused = folded.filter((_, index) => outcomes[index]?.type === 'refused');
  const first = outcomes.find((outcome) => outcome.type === 'refused');
  if (first === undefined) return [];
  const names = [...new Set(refused.map(({ alert }) => loggable(alert.labels['alertname'] ?? '')))];
  const listed = names.slice(0, MAX_NAMES).join(', ');
  return [
    {
      reason: 'refused',
      count: refused.reduce((sum, { items }) => sum + items, 0),
      message: first.reason,
      names: ` (${listed}${names.length > MAX_NAMES ? ', …' : ''})`,
    },
  ];
}

/** Replaces unusual characters, because the sender chooses the name. */
function loggable(alertname: string): string {
  return alertname.slice(0, 100).replace(/[^\w.:-]/g, '?');
}
