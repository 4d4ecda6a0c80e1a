import type { Severity, Thresholds } from '../rules/rule';
import { base, discarded } from './base';
import { BREACHES, breaches } from './breaches';
import type { CollectorPart } from './config';
import { bridge, GATEWAY, gateway, prometheus, TRACES, traceStore } from './delivery';
import { eventRules } from './events';
import { gaugeAlerts, gaugeRules } from './gauges';
import { logAlerts } from './log-alerts';
import { tailSampling } from './sampling';
import { bySeverity } from './severities';

export const PROFILES = ['single', 'standalone', 'agent', 'gateway'] as const;
export type Profile = (typeof PROFILES)[number];

/** What a profile is made of. */
export const partsOf: Readonly<Record<Profile, (thresholds: Thresholds) => readonly CollectorPart[]>> = {
  single: ({ rules }) => [
    base,
    traces('memory_limiter')(TRACES),
    ...alertsOfLogs(rules, [BREACHES]),
    prometheus,
    ...counted(rules, 'prometheus'),
    traceStore,
  ],
  standalone: ({ rules }) => {
    const { kept } = gaugeRules(rules);
    const severities = severitiesOf(kept);
    return [
      base,
      traces('memory_limiter')(TRACES),
      ...alertsOfLogs(rules, []),
      ...(severities.length === 0 ? [discarded('metrics')] : [gaugeAlerts(kept), bridge(severities)]),
      traceStore,
    ];
  },
  agent: ({ rules }) => [
    base,
    traces('memory_limiter')(GATEWAY),
    ...alertsOfLogs(rules, [BREACHES]),
    {
      pipelines: {
        metrics: { receivers: ['otlp'], processors: ['memory_limiter'], exporters: [GATEWAY] },
      },
    },
    ...counted(rules, GATEWAY),
    gateway,
  ],
  gateway: ({ rules }) => [
    base,
    traces('memory_limiter', 'tail_sampling')(TRACES),
    tailSampling(rules),
    prometheus,
    traceStore,
  ],
};

function traces(...processors: readonly string[]) {
  return (exporter: string): CollectorPart => ({
    pipelines: { traces: { receivers: ['otlp'], processors, exporters: [exporter] } },
  });
}

function alertsOfLogs(rules: Thresholds['rules'], told: readonly string[]): readonly CollectorPart[] {
  const severities = severitiesOf(eventRules(rules));
  return severities.length === 0
    ? [discarded('logs')]
    : [logAlerts(eventRules(rules), told), bridge(severities)];
}

function counted(rules: Thresholds['rules'], exporter: string): readonly CollectorPart[] {
  return severitiesOf(eventRules(rules)).length === 0 ? [] : [breaches([exporter])];
}

function severitiesOf(rules: Parameters<typeof bySeverity>[0]): readonly Severity[] {
  return bySeverity(rules).map(({ severity }) => severity);
}
