import { type Compiled, GENERATED, yamlOf } from '../rules/compiled';
import { type Level, levelsOf, type Rule, type Thresholds } from '../rules/rule';
import { isEventRule, isGaugeRule } from '../rules/watch';
import { alertsOf } from './alerts';
import { base, tailSampling } from './base';
import { BREACHES, breaches } from './breaches';
import { configOf, type Parts, pipeline } from './config';
import { GATEWAY, gateway, prometheus, TRACES, traceStore } from './delivery';
import { describedSettings } from './settings';
import { eventAlerts, gaugeAlerts } from './sources';

export const PROFILES = ['single', 'standalone', 'agent', 'gateway'] as const;
export type Profile = (typeof PROFILES)[number];

/** Compiles the configuration of the OpenTelemetry Collector for a profile. */
export function compileCollector({ rules }: Thresholds, profile: Profile): Compiled {
  const path = `${profile}/collector.yaml`;
  const yaml = yamlOf(configOf(...PARTS[profile](rules)));
  return {
    files: [{ path, content: `${header(profile, yaml)}\n${yaml}` }],
    notes: profile === 'standalone' ? standaloneNotes(rules, path) : [],
  };
}

/** The parts of a profile's configuration. */
const PARTS: Readonly<Record<Profile, (rules: readonly Rule[]) => readonly Parts[]>> = {
  single: (rules) => [
    base,
    ofTraces(TRACES),
    alertsOf(eventAlerts(rules.filter(isEventRule)), [BREACHES]),
    prometheus,
    ...countedBreaches(rules, 'prometheus'),
    traceStore,
  ],
  standalone: (rules) => [
    base,
    ofTraces(TRACES),
    alertsOf(eventAlerts(rules.filter(isEventRule))),
    alertsOf(gaugeAlerts(gaugeRules(rules).kept)),
    traceStore,
  ],
  agent: (rules) => [
    base,
    ofTraces(GATEWAY),
    alertsOf(eventAlerts(rules.filter(isEventRule)), [BREACHES]),
    { 'pipelines metrics': pipeline(['otlp'], ['memory_limiter'], [GATEWAY]) },
    ...countedBreaches(rules, GATEWAY),
    gateway,
  ],
  gateway: (rules) => [base, ofTraces(TRACES, 'tail_sampling'), tailSampling(rules), prometheus, traceStore],
};

const ofTraces = (exporter: string, ...processors: string[]): Parts => ({
  'pipelines traces': pipeline(['otlp'], ['memory_limiter', ...processors], [exporter]),
});

const countedBreaches = (rules: readonly Rule[], exporter: string): readonly Parts[] =>
  rules.some((rule) => isEventRule(rule) && levelsOf<Level>(rule).length > 0) ? [breaches(exporter)] : [];

/** The first rule on each gauge, because a data point can belong to one rule only, and the further ones. */
function gaugeRules(rules: readonly Rule[]) {
  const all = rules.filter(isGaugeRule);
  const kept = all.filter((rule) => all.find(({ watch }) => watch === rule.watch) === rule);
  return { kept, further: all.filter((rule) => !kept.includes(rule)) };
}

/** Warns about rules that the profile `standalone` cannot express, because it has no history. */
function standaloneNotes(rules: readonly Rule[], path: string): string[] {
  const { kept, further } = gaugeRules(rules);
  const lasting = kept.filter((rule) =>
    levelsOf<Level>(rule).some(
      ({ forSeconds, keepFiringSeconds }) => forSeconds > 0 || keepFiringSeconds > 0,
    ),
  );
  const others = rules.filter((rule) => !isEventRule(rule) && !isGaugeRule(rule));
  const note = (some: readonly Rule[], does: string, why: string) =>
    some.length === 0 ? [] : [`${path} ${does} ${some.map(({ name }) => name).join(', ')}: ${why}.`];
  return [
    ...note(others, 'does not evaluate', 'this needs Prometheus'),
    ...note(lasting, 'alerts at once for', '`for` and `keepFiring` need Prometheus'),
    ...note(further, 'does not evaluate', 'another rule watches the same gauge'),
  ];
}

const ABOUT: Readonly<Record<Profile, string>> = {
  single: `One collector on one host, with Prometheus. The bridge turns log events of @pg-otel/instrumentation into alerts.
Prometheus scrapes the metrics, and its rules evaluate shares and states. Traces go to their store.`,
  standalone: `One collector without Prometheus. The bridge turns log events of @pg-otel/instrumentation and points of its
pool gauges into alerts at once. Rules that need a history are not evaluated. Metrics are not stored. Traces go to
their store.`,
  agent: `Runs on the host of the applications. The bridge turns log events of @pg-otel/instrumentation into alerts here, before
anything is sampled. Traces, metrics and the counts of alerts go to the gateway.`,
  gateway: `Receives the traces and metrics of the agents. Slow and failed traces and a share of the others go to their store.
Prometheus scrapes the metrics. With more than one gateway, all spans of a trace and all metrics of a process must
reach the same gateway.`,
};

const LOGS = `

Of the logs, only events that a rule watches are kept. To export your own logs, add a file with another pipeline
with its own exporter and queue (--config=collector.yaml --config=logs.yaml):
  exporters: {otlp_http/logs: {endpoint: …, sending_queue: {storage: file_storage/queue, sizer: items, queue_size: 20000}}}
  service: {pipelines: {logs/own: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http/logs]}}}
Choose names that are not used below: your file replaces components with the same name.`;

/** The comment at the top of a configuration. */
function header(profile: Profile, yaml: string): string {
  const text = `${GENERATED} Change thresholds.yaml.

${ABOUT[profile]}

For the stock image otelcol-contrib (tested with 0.161). Environment variables, with their defaults:
${describedSettings(yaml)}${profile === 'gateway' ? '' : LOGS}
`;
  return text.replace(/^(?=[^#\n])/gm, '# ');
}
