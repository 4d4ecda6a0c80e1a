import { counting, groupedBy, INSTANCE, increaseIn, perProcess } from '../../prometheus/promql';
import { stateLevel } from '../../thresholds/level';
import { count, overShare } from '../../thresholds/values';
import { duration, percent } from '../text';
import { TIMES } from '../times';
import type { PrometheusQueries, Recording, WatchDefinition } from './definition';

type PipelineDefinition = WatchDefinition<
  'collector-queue' | 'collector-refused' | 'collector-failed' | 'bridge-undelivered'
>;

/**
 * A rule on the collector or the bridge. Its alerts have no labels of a service.
 *
 * @param recordings the last one is the value that is compared with the level
 */
const ofPipeline = (
  recordings: readonly Recording[],
  definition: Pick<PipelineDefinition, 'level' | 'summary' | 'description' | 'value' | 'line'>,
  further: PrometheusQueries = { recordings: [], conditions: [] },
): PipelineDefinition => ({
  dashboard: 'alerts',
  labels: () => [],
  group: 'pipeline',
  prometheus: ({ over }) => ({
    recordings: [...recordings, ...further.recordings],
    conditions: [{ metric: recordings.at(-1)?.record ?? '', comparison: `> ${over}` }, ...further.conditions],
  }),
  ...definition,
});

const QUEUE_LABELS = [...INSTANCE, 'exporter', 'data_type'];
const queueMetric = (name: string) => groupedBy('max', QUEUE_LABELS, `otelcol_exporter_queue_${name}`);

export const collectorQueue = ofPipeline(
  [
    {
      '#': 'The fullest queue of all exporters.',
      record: 'pipeline:otelcol_exporter_queue:used_share',
      expr: `max(\n${queueMetric('size')}\n/ ${queueMetric('capacity')})`,
    },
  ],
  {
    level: stateLevel({ over: overShare.describe('the used share of a queue of the collector') }),
    summary: ({ over }) => `A queue of the collector is more than ${percent(over)} full`,
    description: 'A destination of the collector is down or slow. A full queue refuses telemetry.',
    value: (format) => format.percent,
    line: ({ over }) => ({ value: over, words: `above ${percent(over)}` }),
  },
);

/** The increase of all selected counters. They are summed under one name first, because the rule would fail for two names with equal labels. */
function increaseOf(metric: string, selector: string): readonly Recording[] {
  const window = TIMES.pipelineWindow;
  const record = `instance:${metric}:sum`;
  return [
    ...counting({ record, expr: perProcess([], selector) }),
    { record: `pipeline:${metric}:increase${duration(window)}`, expr: increaseIn(window, [], record) },
  ];
}

// Collectors append `_total` or not, depending on the exposition format.
const SIGNALS = '(log_records|metric_points|spans)(_total)?';

export const collectorRefused = ofPipeline(
  increaseOf('otelcol_receiver_refused', `{__name__=~"otelcol_receiver_refused_${SIGNALS}"}`),
  {
    level: stateLevel({ over: count.default(0).describe('records refused in five minutes') }),
    summary: () => 'The collector refuses telemetry',
    description:
      'Applications retry for a while, then drop the telemetry. The collector is short of memory, or a queue is full.',
    value: (format) => `${format.count} in the last 5m`,
  },
);

export const collectorFailed = ofPipeline(
  increaseOf('otelcol_exporter_failed', `{__name__=~"otelcol_exporter_(enqueue|send)_failed_${SIGNALS}"}`),
  {
    level: stateLevel({ over: count.default(0).describe('records lost in five minutes') }),
    summary: () => 'The collector loses telemetry',
    description: 'The collector dropped telemetry permanently, possibly including alerts.',
    value: (format) => `${format.count} in the last 5m`,
  },
);

const BRIDGES = 'pipeline:pg_otel_bridge:count';
const BRIDGES_GONE = 'pipeline:pg_otel_bridge:gone';

export const bridgeUndelivered = ofPipeline(
  increaseOf('pg_otel_bridge_undelivered', 'pg_otel_bridge_undelivered_total'),
  {
    level: stateLevel({ over: count.default(0).describe('requests not accepted in five minutes') }),
    summary: () => 'Alerts do not reach Alertmanager',
    description:
      'Alertmanager is down or rejects alerts, or no bridge is left. Alerts wait in the queue of the collector.',
    value: (format) => `${format.count} requests not accepted in the last 5m, or bridges that are gone`,
  },
  {
    recordings: [
      { record: BRIDGES, expr: 'count(instance:pg_otel_bridge_undelivered:sum)' },
      {
        '#': 'There were bridges within the last day, and none is left. A bridge that is gone increases no counter.',
        record: BRIDGES_GONE,
        expr: `last_over_time(${BRIDGES}[1d]) unless ${BRIDGES}`,
      },
    ],
    conditions: [{ metric: BRIDGES_GONE, comparison: '> 0' }],
  },
);
