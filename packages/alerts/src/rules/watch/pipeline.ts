import { BRIDGE_GONE, counterQueries, FULLEST_QUEUE, type PipelineQueries } from '../../prometheus/pipeline';
import { stateLevel } from '../../thresholds/level';
import { count, overShare } from '../../thresholds/values';
import { percent } from '../text';
import type { WatchDefinition } from './definition';

type PipelineDefinition = WatchDefinition<
  'collector-queue' | 'collector-refused' | 'collector-failed' | 'bridge-undelivered'
>;

/** Common settings of the rules on the collector and the bridge. Their alerts have no labels of a service. */
const ofPipeline = (prometheus: PipelineQueries) => ({
  dashboard: 'alerts' as const,
  labels: () => [],
  prometheus,
});

// Collectors append `_total` or not, depending on the exposition format.
const SIGNALS = '(log_records|metric_points|spans)(_total)?';

export const collectorQueue: PipelineDefinition = {
  ...ofPipeline(FULLEST_QUEUE),
  level: stateLevel({ over: overShare.describe('the used share of a queue of the collector') }),
  summary: ({ over }) => `A queue of the collector is more than ${percent(over)} full`,
  description: 'A destination of the collector is down or slow. A full queue refuses telemetry.',
  value: (format) => format.percent,
  line: ({ over }) => ({ value: over, words: `above ${percent(over)}` }),
};

export const collectorRefused: PipelineDefinition = {
  ...ofPipeline(
    counterQueries('otelcol_receiver_refused', `{__name__=~"otelcol_receiver_refused_${SIGNALS}"}`),
  ),
  level: stateLevel({ over: count.default(0).describe('records refused in five minutes') }),
  summary: () => 'The collector refuses telemetry',
  description:
    'Applications retry for a while, then drop the telemetry. The collector is short of memory, or a queue is full.',
  value: (format) => `${format.count} in the last 5m`,
};

export const collectorFailed: PipelineDefinition = {
  ...ofPipeline(
    counterQueries(
      'otelcol_exporter_failed',
      `{__name__=~"otelcol_exporter_(enqueue|send)_failed_${SIGNALS}"}`,
    ),
  ),
  level: stateLevel({ over: count.default(0).describe('records lost in five minutes') }),
  summary: () => 'The collector loses telemetry',
  description: 'The collector dropped telemetry permanently, possibly including alerts.',
  value: (format) => `${format.count} in the last 5m`,
};

export const bridgeUndelivered: PipelineDefinition = {
  ...ofPipeline(
    counterQueries('pg_otel_bridge_undelivered', 'pg_otel_bridge_undelivered_total', BRIDGE_GONE),
  ),
  level: stateLevel({ over: count.default(0).describe('requests not accepted in five minutes') }),
  summary: () => 'Alerts do not reach Alertmanager',
  description:
    'Alertmanager is down or rejects alerts, or no bridge is left. Alerts wait in the queue of the collector.',
  value: (format) => `${format.count} requests not accepted in the last 5m, or bridges that are gone`,
};
