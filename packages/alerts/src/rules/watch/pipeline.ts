import { counting, duration, groupedBy, INSTANCE, increaseIn } from '../../prometheus/promql';
import { stateLevel } from '../../thresholds/level';
import { count, overShare } from '../../thresholds/values';
import { percent } from '../text';
import { TIMES } from '../times';
import type { PrometheusQueries, WatchDefinition } from './definition';

type PipelineDefinition = WatchDefinition<
  'collector-queue' | 'collector-refused' | 'collector-failed' | 'bridge-undelivered'
>;

/** Common settings of the rules on the collector and the bridge. Their alerts have no labels of a service. */
const OF_PIPELINE = { dashboard: 'alerts', labels: () => [], group: 'pipeline' } as const;

const QUEUE = 'pipeline:otelcol_exporter_queue:used_share';
const QUEUE_LABELS = [...INSTANCE, 'exporter', 'data_type'];

export const collectorQueue: PipelineDefinition = {
  ...OF_PIPELINE,
  level: stateLevel({ over: overShare.describe('the used share of a queue of the collector') }),
  summary: ({ over }) => `A queue of the collector is more than ${percent(over)} full`,
  description: 'A destination of the collector is down or slow. A full queue refuses telemetry.',
  value: (format) => format.percent,
  line: ({ over }) => ({ value: over, words: `above ${percent(over)}` }),
  prometheus: ({ over }) => ({
    recordings: [
      {
        '#': 'The fullest queue of all exporters.',
        record: QUEUE,
        expr: `max(\n${groupedBy('max', QUEUE_LABELS, 'otelcol_exporter_queue_size')}\n/ ${groupedBy('max', QUEUE_LABELS, 'otelcol_exporter_queue_capacity')})`,
      },
    ],
    conditions: [{ metric: QUEUE, comparison: `> ${over}` }],
  }),
};

/**
 * A rule on the increase of a counter of the collector or the bridge.
 *
 * @param selector selects all series of the counter. A recording sums them under one name first, because the rule would
 *   fail for two names with equal labels
 */
function ofCounter(
  metric: string,
  selector: string,
  texts: {
    readonly counts: string;
    readonly summary: string;
    readonly description: string;
    readonly value: string;
  },
  further?: PrometheusQueries,
): PipelineDefinition {
  const counter = `instance:${metric}:sum`;
  const increase = `pipeline:${metric}:increase${duration(TIMES.pipelineWindow)}`;
  return {
    ...OF_PIPELINE,
    level: stateLevel({ over: count.default(0).describe(texts.counts) }),
    summary: () => texts.summary,
    description: texts.description,
    value: (format) => `${format.count} ${texts.value}`,
    prometheus: ({ over }) => ({
      recordings: [
        ...counting({ record: counter, expr: groupedBy('sum', INSTANCE, selector) }),
        { record: increase, expr: increaseIn(TIMES.pipelineWindow, [], counter) },
        ...(further?.recordings ?? []),
      ],
      conditions: [{ metric: increase, comparison: `> ${over}` }, ...(further?.conditions ?? [])],
    }),
  };
}

// Collectors append `_total` or not, depending on the exposition format.
const SIGNALS = '(log_records|metric_points|spans)(_total)?';

export const collectorRefused = ofCounter(
  'otelcol_receiver_refused',
  `{__name__=~"otelcol_receiver_refused_${SIGNALS}"}`,
  {
    counts: 'records refused in five minutes',
    summary: 'The collector refuses telemetry',
    description:
      'Applications retry for a while, then drop the telemetry. The collector is short of memory, or a queue is full.',
    value: 'in the last 5m',
  },
);

export const collectorFailed = ofCounter(
  'otelcol_exporter_failed',
  `{__name__=~"otelcol_exporter_(enqueue|send)_failed_${SIGNALS}"}`,
  {
    counts: 'records lost in five minutes',
    summary: 'The collector loses telemetry',
    description: 'The collector dropped telemetry permanently, possibly including alerts.',
    value: 'in the last 5m',
  },
);

const BRIDGES = 'pipeline:pg_otel_bridge:count';
const BRIDGES_GONE = 'pipeline:pg_otel_bridge:gone';

export const bridgeUndelivered = ofCounter(
  'pg_otel_bridge_undelivered',
  'pg_otel_bridge_undelivered_total',
  {
    counts: 'requests not accepted in five minutes',
    summary: 'Alerts do not reach Alertmanager',
    description:
      'Alertmanager is down or rejects alerts, or no bridge is left. Alerts wait in the queue of the collector.',
    value: 'requests not accepted in the last 5m, or bridges that are gone',
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
