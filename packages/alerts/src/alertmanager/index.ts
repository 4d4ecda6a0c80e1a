import { Document } from 'yaml';
import type { Compiled } from '../rules/compiled';
import { SUBJECT_LABELS } from '../rules/labels';
import type { Thresholds } from '../rules/rule';
import { matcher, routeTree } from './routes';

/** Compiles the configuration of Alertmanager 0.25 and later: receivers, routes and inhibition rules. */
export function compileAlertmanager(thresholds: Thresholds): Compiled {
  return {
    files: [{ path: 'alertmanager/alertmanager.yaml', content: configFile(thresholds) }],
    notes: [],
  };
}

function configFile(thresholds: Thresholds): string {
  const receivers = Object.entries(thresholds.receivers).map(([name, given]) => ({ name, ...given }));
  // Alertmanager reads YAML 1.1: words that have another type there, such as `yes`, are quoted.
  const document = new Document(
    { route: routeTree(thresholds), inhibit_rules: INHIBIT_RULES, receivers },
    { version: '1.1', aliasDuplicateObjects: false },
  );
  return `# Generated from thresholds.yaml by \`pg-otel alerts build\`.\n${document.toString({ lineWidth: 0 })}`;
}

/** Labels that distinguish two alerts of a rule. A label that both alerts lack counts as equal. */
const SUBJECT = ['alertname', ...SUBJECT_LABELS];

/** Restricts inhibition to alerts of pg-otel. Other alerts lack all these labels, which would then count as equal. */
const OURS = 'signal=~"logs|metrics"';

/** Alerts that inhibit others of the same rule about the same subject. */
const INHIBIT_RULES = [
  inhibit('severity', 'critical', ['warning', 'info'], SUBJECT),
  inhibit('severity', 'warning', ['info'], SUBJECT),
  // Prometheus counts the same operation after it has ended.
  inhibit('signal', 'logs', ['metrics'], ['severity', ...SUBJECT]),
];

function inhibit(label: string, source: string, targets: readonly string[], equal: readonly string[]) {
  const target = targets.length === 1 ? matcher(label, targets.join()) : `${label}=~"${targets.join('|')}"`;
  const ours = label === 'signal' ? [] : [OURS];
  return { source_matchers: [matcher(label, source), ...ours], target_matchers: [target, ...ours], equal };
}
