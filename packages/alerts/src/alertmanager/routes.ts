import { type Level, levelsOf, SEVERITIES, type Severity, type Thresholds } from '../rules/rule';

/** How alerts are grouped into notifications, in Alertmanager's settings. */
interface Grouping {
  readonly group_by: readonly string[];
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}

/** Warnings do not page, so all databases of a service share a notification. */
const BY_SERVICE = ['alertname', 'service_name', 'deployment_environment_name'];

/**
 * The first critical alert notifies at once, further ones every ten seconds: a storm of slow statements of one database
 * causes few notifications. A warning waits 15 s: if the same operation reaches the critical level meanwhile (5 s after
 * 1 s), the critical alert inhibits the warning.
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

/** An equality matcher. Its escapes are valid before and since Alertmanager 0.27, which changed the parser. */
export function matcher(label: string, value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `${label}="${escaped}"`;
}

/** Routes by severity, which decides the grouping, and then by the receiver of the level. */
export function routeTree({ rules, notify }: Thresholds): Route & Grouping {
  const named = rules
    .flatMap((rule) => levelsOf<Level>(rule))
    .flatMap(({ receiver }) => (receiver === undefined ? [] : [receiver]));
  const routes = [...new Set(named)].map((receiver) => ({
    receiver,
    matchers: [matcher('receiver', receiver)],
  }));
  return {
    // The receiver of alerts without a severity, which do not come from these rules.
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
