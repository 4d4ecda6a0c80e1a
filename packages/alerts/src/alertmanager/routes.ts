import { type Level, levelsOf, SEVERITIES, type Severity, type Thresholds } from '../rules/rule';

/** How alerts are grouped into notifications, in Alertmanager's settings. */
interface Grouping {
  readonly group_by: readonly string[];
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}

/** Warnings do not page, so databases of a service share a notification. */
const BY_SERVICE = ['alertname', 'service_name', 'deployment_environment_name'];

/**
 * The first critical alert is notified at once, and further ones at most every ten seconds: a storm of slow statements
 * of one database causes few notifications. A warning waits longer than the critical level takes to follow (5 s after
 * 1 s), which then inhibits it.
 */
const GROUPINGS: Readonly<Record<Severity, Grouping>> = {
  critical: {
    group_by: ['alertname', 'service_name', 'server_address', 'db_namespace'],
    group_wait: '0s',
    group_interval: '10s',
    repeat_interval: '1h',
  },
  warning: { group_by: BY_SERVICE, group_wait: '15s', group_interval: '1m', repeat_interval: '4h' },
  info: { group_by: BY_SERVICE, group_wait: '1m', group_interval: '5m', repeat_interval: '12h' },
};

export interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly routes?: readonly Route[];
}

/** A matcher of equality. Its escapes are valid in Alertmanager before and since 0.27. */
export function matcher(label: string, value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `${label}="${escaped}"`;
}

/** Routes by severity, which decides the grouping, and within it by the receiver that a level names. */
export function routeTree({ rules, notify }: Thresholds): Route & Grouping {
  const named = rules
    .flatMap((rule) => levelsOf<Level>(rule))
    .flatMap(({ receiver }) => (receiver === undefined ? [] : [receiver]));
  const routes = [...new Set(named)].map((receiver) => ({
    receiver,
    matchers: [matcher('receiver', receiver)],
  }));
  return {
    // Alerts without a severity are not from these rules.
    receiver: notify.warning,
    ...GROUPINGS.warning,
    routes: SEVERITIES.toReversed().map((severity) => ({
      receiver: notify[severity],
      matchers: [matcher('severity', severity)],
      ...GROUPINGS[severity],
      ...(routes.length === 0 ? {} : { routes }),
    })),
  };
}
