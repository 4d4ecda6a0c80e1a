import type { Rule, Thresholds } from '../rules/rule';
import { isEventRule } from '../rules/watch';
import { alertsOf, severitiesOf } from './alerts';
import { base, discarded } from './base';
import { BREACHES, breaches } from './breaches';
import type { CollectorPart } from './config';
import { bridge, GATEWAY, gateway, prometheus, TRACES, traceStore } from './delivery';
import { eventAlerts } from './event-alerts';
import { gaugeAlerts, ofOneGaugeEach } from './gauge-alerts';
import { tailSampling } from './sampling';
import { describedSettings, type Setting, setting } from './settings';

export const PROFILES = ['single', 'standalone', 'agent', 'gateway'] as const;
export type Profile = (typeof PROFILES)[number];

/** The parts of a profile's configuration. */
export const partsOf: Readonly<Record<Profile, (thresholds: Thresholds) => readonly CollectorPart[]>> = {
  single: ({ rules }) => [
    base,
    pipeline('traces', TRACES),
    ...alertsOfEvents(rules, [BREACHES]),
    prometheus,
    ...countedBreaches(rules, 'prometheus'),
    traceStore,
  ],
  standalone: ({ rules }) => [
    base,
    pipeline('traces', TRACES),
    ...alertsOfEvents(rules, []),
    ...alertsOfGauges(rules),
    traceStore,
  ],
  agent: ({ rules }) => [
    base,
    pipeline('traces', GATEWAY),
    ...alertsOfEvents(rules, [BREACHES]),
    pipeline('metrics', GATEWAY),
    ...countedBreaches(rules, GATEWAY),
    gateway,
  ],
  gateway: ({ rules }) => [
    base,
    pipeline('traces', TRACES, 'tail_sampling'),
    tailSampling(rules),
    prometheus,
    traceStore,
  ],
};

function pipeline(signal: 'traces' | 'metrics', exporter: string, ...processors: string[]): CollectorPart {
  return `
pipelines:
  ${signal}:
    receivers: [otlp]
    processors: [${['memory_limiter', ...processors].join(', ')}]
    exporters: [${exporter}]
`;
}

function alertsOfEvents(rules: readonly Rule[], exporters: readonly string[]): readonly CollectorPart[] {
  const source = eventAlerts(rules.filter(isEventRule));
  const severities = severitiesOf(source.rules);
  return severities.length === 0 ? [discarded('logs')] : [alertsOf(source, exporters), bridge(severities)];
}

function alertsOfGauges(rules: readonly Rule[]): readonly CollectorPart[] {
  const { kept } = ofOneGaugeEach(rules);
  const severities = severitiesOf(kept);
  return severities.length === 0 ? [discarded('metrics')] : [alertsOf(gaugeAlerts(kept)), bridge(severities)];
}

function countedBreaches(rules: readonly Rule[], exporter: string): readonly CollectorPart[] {
  return severitiesOf(rules.filter(isEventRule)).length === 0 ? [] : [breaches(exporter)];
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
export function header(profile: Profile, yaml: string): string {
  const isUsed = (name: Setting) => yaml.includes(setting(name));
  return `Generated from thresholds.yaml by \`pg-otel alerts build\`. Change thresholds.yaml.

${ABOUT[profile]}

For the stock image otelcol-contrib (tested with 0.161). Environment variables, with their defaults:
${describedSettings(isUsed)}${profile === 'gateway' ? '' : LOGS}`;
}
