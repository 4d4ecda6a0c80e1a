import type { PipelineLevel, PipelineRule } from '../rules/rule';
import { BRIDGE_UNDELIVERED, FAILED, INSTANCE, QUEUE_CAPACITY, QUEUE_SIZE, REFUSED } from './metrics';
import { duration, groupedBy } from './promql';
import type { Condition, Recording } from './recording';
import { grownIn, watching } from './since';

const PIPELINE_WINDOW_SECONDS = 300;

const QUEUE = 'pipeline:otelcol_exporter_queue:used_share';

/** Counters are summed up under one name first: of two names one rate would have two values, and the rule fail. */
const COUNTERS = {
  'collector-refused': { metric: 'otelcol_receiver_refused', selector: `{__name__=~"${REFUSED}"}` },
  'collector-failed': { metric: 'otelcol_exporter_failed', selector: `{__name__=~"${FAILED}"}` },
  'bridge-undelivered': { metric: 'pg_otel_bridge_undelivered', selector: BRIDGE_UNDELIVERED },
} as const;

function grownMetric(watch: keyof typeof COUNTERS): string {
  return `pipeline:${COUNTERS[watch].metric}:increase${duration(PIPELINE_WINDOW_SECONDS)}`;
}

export function pipelineRecordings({ watch }: PipelineRule): Recording[] {
  if (watch === 'collector-queue') {
    const queue = [...INSTANCE, 'exporter', 'data_type'];
    return [
      {
        record: QUEUE,
        expr: `max(\n${groupedBy('max', queue, QUEUE_SIZE)}\n/ ${groupedBy('max', queue, QUEUE_CAPACITY)})`,
        comment: 'The fullest queue of all.',
      },
    ];
  }
  const { metric, selector } = COUNTERS[watch];
  const gone = watch === 'bridge-undelivered' ? goneRecordings(`instance:${metric}:sum`) : [];
  const counter = `instance:${metric}:sum`;
  return [
    { record: counter, expr: groupedBy('sum', INSTANCE, selector) },
    watching(counter),
    { record: grownMetric(watch), expr: `sum ${grownIn(PIPELINE_WINDOW_SECONDS, counter)}` },
    ...gone,
  ];
}

const BRIDGES = 'pipeline:pg_otel_bridge:count';
const BRIDGES_GONE = 'pipeline:pg_otel_bridge:gone';

function goneRecordings(counter: string): Recording[] {
  return [
    { record: BRIDGES, expr: `count(${counter})` },
    {
      record: BRIDGES_GONE,
      expr: `last_over_time(${BRIDGES}[1d]) unless ${BRIDGES}`,
      comment: 'None is left of those that were there within the last day: one that is gone counts nothing.',
    },
  ];
}

export function pipelineConditions({ watch }: PipelineRule, { over }: PipelineLevel): Condition[] {
  return [
    { metric: watch === 'collector-queue' ? QUEUE : grownMetric(watch), comparison: `> ${over}` },
    ...(watch === 'bridge-undelivered' ? [{ metric: BRIDGES_GONE, comparison: '> 0' }] : []),
  ];
}
