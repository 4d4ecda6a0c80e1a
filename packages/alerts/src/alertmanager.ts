import { type Compiled, GENERATED, yamlOf } from './rules/compiled';
import { SUBJECT_LABELS } from './rules/labels';
import { type Level, levelsOf, SEVERITIES, type Thresholds } from './rules/rule';

/** Compiles the configuration of Alertmanager 0.25 and later: receivers, routes and inhibition rules. */
export function compileAlertmanager(thresholds: Thresholds): Compiled {
  const receivers = Object.entries(thresholds.receivers).map(([name, given]) => ({ name, ...given }));
  const config = { route: routeTree(thresholds), inhibit_rules: INHIBIT_RULES, receivers };
  // Alertmanager reads YAML 1.1: words that have another type there, such as `yes`, are quoted.
  const content = `${GENERATED}\n${yamlOf(config, '1.1')}`;
  return { files: [{ path: 'alertmanager/alertmanager.yaml', content }], notes: [] };
}

/** Warnings do not page, so all databases of a service share a notification. */
const BY_SERVICE = ['alertname', 'service_name', 'deployment_environment_name'];
const BY_DATABASE = ['alertname', 'service_name', 'server_address', 'db_namespace'];

/**
 * How alerts of a severity are grouped into notifications. The first critical alert notifies at once, further ones every
 * ten seconds: a storm of slow statements of one database causes few notifications. A warning waits 15 s: if the same
 * operation reaches the critical level meanwhile (5 s after 1 s), the critical alert inhibits the warning.
 */
const GROUPINGS = {
  critical: { group_by: BY_DATABASE, group_wait: '0s', group_interval: '10s', repeat_interval: '1h' },
  warning: { group_by: BY_SERVICE, group_wait: '15s', group_interval: '1m', repeat_interval: '4h' },
  info: { group_by: BY_SERVICE, group_wait: '1m', group_interval: '5m', repeat_interval: '12h' },
};

/** Routes by severity, which decides the grouping, and then by the receiver of the level. */
function routeTree({ rules, notify }: Thresholds): object {
  const named = rules.flatMap((rule) => levelsOf<Level>(rule).map(({ receiver }) => receiver));
  const routes = [...new Set(named)]
    .filter((receiver) => receiver !== undefined)
    .map((receiver) => ({ receiver, matchers: [matcher('receiver', receiver)] }));
  return {
    // The receiver of alerts without a severity, which do not come from these rules.
    receiver: notify.warning,
    ...GROUPINGS.warning,
    routes: SEVERITIES.toReversed().map((severity) => ({
      receiver: notify[severity],
      matchers: [matcher('severity', severity)],
      ...GROUPINGS[severity],
      routes: routes.length === 0 ? undefined : routes,
    })),
  };
}

/** An equality matcher. Its escapes are valid before and since Alertmanager 0.27, which changed the parser. */
export function matcher(label: string, value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `${label}="${escaped}"`;
}

/** Labels that distinguish two alerts of a rule. A label that both alerts lack counts as equal. */
const SUBJECT = ['alertname', ...SUBJECT_LABELS];
/** Restricts inhibition to alerts of pg-otel. Other alerts lack all these labels, which would then count as equal. */
const OURS = 'signal=~"logs|metrics"';

/** Alerts that inhibit others of the same rule about the same subject. */
const INHIBIT_RULES = [
  {
    source_matchers: ['severity="critical"', OURS],
    target_matchers: ['severity=~"warning|info"', OURS],
    equal: SUBJECT,
  },
  {
    source_matchers: ['severity="warning"', OURS],
    target_matchers: ['severity="info"', OURS],
    equal: SUBJECT,
  },
  // Prometheus counts the same operation after it has ended.
  {
    source_matchers: ['signal="logs"'],
    target_matchers: ['signal="metrics"'],
    equal: ['severity', ...SUBJECT],
  },
];
