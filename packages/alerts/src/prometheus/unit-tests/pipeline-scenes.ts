import type { PipelineLevel, PipelineRule } from '../../rules/rule';
import { BRIDGE_UNDELIVERED, QUEUE_CAPACITY, QUEUE_SIZE } from '../metrics';
import { PIPELINE_WINDOW_SECONDS } from '../pipeline';
import { gaugeScene } from './gauge-scene';
import type { Scene } from './scene';
import { STEP_SECONDS, series } from './unit-test';

const COLLECTOR = { job: 'otel-collector', instance: '127.0.0.1:8888' };
const CAPACITY = 1000;

/** Counters of each rule, one for each spelling; a rule's parts are summed. */
const COUNTERS = {
  'collector-refused': [
    'otelcol_receiver_refused_spans',
    'otelcol_receiver_refused_log_records_total',
    'otelcol_receiver_refused_metric_points',
  ],
  'collector-failed': [
    'otelcol_exporter_send_failed_spans_total',
    'otelcol_exporter_enqueue_failed_log_records',
    'otelcol_exporter_send_failed_log_records',
  ],
  'bridge-undelivered': [BRIDGE_UNDELIVERED],
} as const;

export function pipelineScenes(rule: PipelineRule, levels: readonly PipelineLevel[]): Scene[] {
  const { watch } = rule;
  const limits = [...new Set(levels.map(({ over }) => over))];
  if (watch === 'collector-queue') {
    return limits.flatMap((limit) => [
      queueScene(`at ${limit}`, Math.round(limit * CAPACITY), levels),
      queueScene(`above ${limit}`, Math.round(limit * CAPACITY) + 1, levels),
    ]);
  }
  const counters = COUNTERS[watch];
  const counting = counters.flatMap((counter, index) =>
    limits.flatMap((limit) => [
      ...(index === 0 ? [counterScene(`${counter} at ${limit}`, counter, limit, levels)] : []),
      counterScene(`${counter} above ${limit}`, counter, limit + 1, levels),
    ]),
  );
  return watch === 'bridge-undelivered' ? [...counting, goneScene(levels)] : counting;
}

const BRIDGE = { job: 'pg-otel-alert-bridge', instance: '127.0.0.1:4319', signal: 'logs' };
const GONE_AFTER_STEPS = 12;

/** A process that is not there counts nothing. */
function goneScene(levels: readonly PipelineLevel[]): Scene {
  return gaugeScene({
    name: 'no bridge is left',
    subject: {},
    levels,
    holding: levels,
    value: 1,
    begins: GONE_AFTER_STEPS * STEP_SECONDS,
    seriesOf: (lasting, after) => [
      series(BRIDGE_UNDELIVERED, BRIDGE, `0x${GONE_AFTER_STEPS - 1} stale _x${lasting - 1} 0x${after}`),
    ],
  });
}

function queueScene(name: string, size: number, levels: readonly PipelineLevel[]): Scene {
  const labels = { ...COLLECTOR, exporter: 'otlp_http/critical', data_type: 'logs' };
  const other = { ...labels, exporter: 'otlp_http/warning' };
  return gaugeScene({
    name,
    subject: {},
    levels,
    holding: levels.filter(({ over }) => size / CAPACITY > over),
    value: size / CAPACITY,
    seriesOf: (lasting, after) => [
      series(QUEUE_CAPACITY, labels, `${CAPACITY}x${lasting + after}`),
      series(QUEUE_SIZE, labels, `${size}x${lasting - 1} 0x${after}`),
      series(QUEUE_CAPACITY, other, `${CAPACITY}x${lasting + after}`),
      series(QUEUE_SIZE, other, `0x${lasting + after}`),
    ],
  });
}

const BORN_SECONDS = PIPELINE_WINDOW_SECONDS + 60;

/** Counted at once, when these rules have been evaluated for longer than their window. */
function counterScene(name: string, counter: string, count: number, levels: readonly PipelineLevel[]): Scene {
  const told = levels.filter(({ forSeconds }) => forSeconds < PIPELINE_WINDOW_SECONDS - STEP_SECONDS);
  const longest = Math.max(0, ...told.map(({ forSeconds }) => forSeconds));
  const seconds = BORN_SECONDS + Math.ceil(longest / STEP_SECONDS) * STEP_SECONDS;
  const firing = told
    .filter(({ over }) => count > over)
    .map((level) => ({ level, subject: {}, value: count }));
  return {
    name,
    series: [series(counter, COLLECTOR, `_x${BORN_SECONDS / STEP_SECONDS} ${count}x200`)],
    moments: [
      { seconds: BORN_SECONDS - STEP_SECONDS, firing: [] },
      { seconds, firing },
    ],
  };
}
