import type { CollectedMetric, CollectedMetrics } from '../../src/evaluator';
import { createEvaluator } from '../../src/evaluator';
import { parseThresholds } from '../../src/thresholds/parse';
import { attributesOf, type LogRecord, type Metric } from './otlp';
import type { Step } from './recording';

/** An alert as all engines fire it: its labels without `signal`, and when it began to fire and ended. */
export interface Fired {
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  /** Seconds since the start, as `from`; undefined while it fires. */
  readonly until: number | undefined;
}

/** The alerts that the evaluator fires for a recording, by their beginning. */
export function replayed(thresholds: string, steps: readonly Step[], startMillis: number): Fired[] {
  const evaluator = createEvaluator(parseThresholds(thresholds), { maxChanges: 10_000 });
  for (const { seconds, logs, metrics } of steps) {
    for (const { resource, scopeLogs } of logs?.resourceLogs ?? []) {
      for (const record of scopeLogs.flatMap(({ logRecords }) => logRecords)) {
        evaluator.event(eventOf(attributesOf(resource.attributes), record));
      }
    }
    for (const { resource, scopeMetrics } of metrics.resourceMetrics) {
      const collected: CollectedMetrics = {
        resource: { attributes: attributesOf(resource.attributes) },
        scopeMetrics: scopeMetrics.map((scope) => ({ metrics: scope.metrics.map(metricOf) })),
      };
      evaluator.collect(collected, startMillis + seconds * 1000);
    }
  }
  const fired: Fired[] = [];
  const end = startMillis + (steps.at(-1)?.seconds ?? 0) * 1000;
  for (const { change, alert, timestamp } of evaluator.changes(end)) {
    const seconds = (timestamp - startMillis) / 1000;
    const { signal: _, ...labels } = alert.labels;
    if (change === 'started') fired.push({ labels, from: seconds, until: undefined });
    else {
      const open = fired.findIndex((one) => one.until === undefined && isEqual(one.labels, labels));
      fired[open] = { ...(fired[open] as Fired), until: seconds };
    }
  }
  return fired;
}

function isEqual(one: Fired['labels'], other: Fired['labels']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function eventOf(resource: Readonly<Record<string, unknown>>, record: LogRecord) {
  return {
    name: record.eventName,
    timestamp: Number(record.timeUnixNano) / 1e6,
    resource,
    attributes: attributesOf(record.attributes),
    traceId: record.traceId,
    isSampled: (record.flags & 1) === 1,
  };
}

function metricOf({ name, gauge, histogram }: Metric): CollectedMetric {
  const gauges = (gauge?.dataPoints ?? []).map(({ attributes, asDouble }) => ({
    attributes: attributesOf(attributes),
    value: asDouble,
  }));
  const histograms = (histogram?.dataPoints ?? []).map((point) => ({
    attributes: attributesOf(point.attributes),
    startTime: [Number(point.startTimeUnixNano) / 1e9, 0] as const,
    value: {
      count: Number(point.count),
      buckets: { boundaries: point.explicitBounds, counts: point.bucketCounts.map(Number) },
    },
  }));
  return { descriptor: { name }, dataPoints: [...gauges, ...histograms] };
}
