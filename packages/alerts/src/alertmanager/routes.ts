import type { Level, Severity, Thresholds } from '../rules/rule';

/** How alerts of a severity are gathered to notifications. Alertmanager's settings. */
interface Gathering {
  readonly group_by: readonly string[];
  readonly group_wait: string;
  readonly group_interval: string;
  readonly repeat_interval: string;
}

/**
 * Without a wait the first alert is told at once, and what comes after it every ten seconds at most: a storm of many
 * statements of a database is a handful of notifications. A warning waits longer than a critical level takes to follow
 * (5 s after 1 s), which then keeps it quiet.
 */
const GATHERINGS: Readonly<Record<Severity, Gathering>> = {
  critical: {
    group_by: ['alertname', 'service_name', 'server_address', 'db_namespace'],
    group_wait: '0s',
    group_interval: '10s',
    repeat_interval: '1h',
  },
  warning: {
    group_by: ['alertname', 'service_name', 'deployment_environment_name'],
    group_wait: '15s',
    group_interval: '1m',
    repeat_interval: '4h',
  },
  info: {
    group_by: ['alertname', 'service_name', 'deployment_environment_name'],
    group_wait: '1m',
    group_interval: '5m',
    repeat_interval: '12h',
  },
};

/** Most urgent first. */
const BY_URGENCY: readonly Severity[] = ['critical', 'warning', 'info'];

export interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly routes?: readonly Route[];
}

/** A matcher of equality, for the parsers of Alertmanager before and since 0.27: these escapes are in both. */
export function matcher(label: string, value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `${label}="${escaped}"`;
}

/** By severity, which says how alerts are gathered; within it a level's own receiver comes first. */
export function routeTree({ rules, notify }: Thresholds): Route & Gathering {
  const hinted = hintedReceivers(rules);
  const hints: Route[] = hinted.map((receiver) => ({ receiver, matchers: [matcher('receiver', receiver)] }));
  return {
    // What has no severity is not of these rules.
    receiver: notify.warning,
    ...GATHERINGS.warning,
    routes: BY_URGENCY.map((severity) => ({
      receiver: notify[severity],
      matchers: [matcher('severity', severity)],
      ...GATHERINGS[severity],
      ...(hints.length === 0 ? {} : { routes: hints }),
    })),
  };
}

/** Every receiver that a level names. */
function hintedReceivers(rules: Thresholds['rules']): string[] {
  const levels = rules.flatMap((rule) => rule.variants.flatMap((variant) => variant.levels as Level[]));
  return [...new Set(levels.flatMap(({ receiver }) => (receiver === undefined ? [] : [receiver])))];
}
