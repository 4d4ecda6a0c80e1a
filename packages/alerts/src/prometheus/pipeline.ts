import type { Watch } from '../rules/rule';
import { TIMES } from '../rules/times';
import { increaseIn, watching } from './counters';
import { duration, groupedBy, INSTANCE } from './promql';
import type { Condition, PrometheusQueries, Recording } from './queries';

type PipelineWatch = Extract<Watch, `collector-${string}` | `bridge-${string}`>;
export type PipelineQueries = PrometheusQueries<PipelineWatch>;

const QUEUE = 'pipeline:otelcol_exporter_queue:used_share';
const QUEUE_LABELS = [...INSTANCE, 'exporter', 'data_type'];

export const FULLEST_QUEUE: PipelineQueries = {
  group: 'pipeline',
  recordings: () => [
    {
      record: QUEUE,
      expr: `max(\n${groupedBy('max', QUEUE_LABELS, 'otelcol_exporter_queue_size')}\n/ ${groupedBy('max', QUEUE_LABELS, 'otelcol_exporter_queue_capacity')})`,
      comment: 'The fullest queue of all exporters.',
    },
  ],
  conditions: ({ over }) => [{ metric: QUEUE, comparison: `> ${over}` }],
};

/** An additional condition for an alert on a counter. */
interface Further {
  readonly recordings: (counter: string) => readonly Recording[];
  readonly condition: Condition;
}

/**
 * The increase of a counter of the collector or the bridge.
 *
 * @param selector selects all series of the counter. A recording sums them under one name first, because the rule would
 *   fail for two names with equal labels
 */
export function counterQueries(metric: string, selector: string, further?: Further): PipelineQueries {
  const counter = `instance:${metric}:sum`;
  const increase = `pipeline:${metric}:increase${duration(TIMES.pipelineWindow)}`;
  return {
    group: 'pipeline',
    recordings: () => [
      { record: counter, expr: groupedBy('sum', INSTANCE, selector) },
      watching(counter),
      { record: increase, expr: `sum ${increaseIn(TIMES.pipelineWindow, counter)}` },
      ...(further?.recordings(counter) ?? []),
    ],
    conditions: ({ over }) => [
      { metric: increase, comparison: `> ${over}` },
      ...(further === undefined ? [] : [further.condition]),
    ],
  };
}

const BRIDGES = 'pipeline:pg_otel_bridge:count';
const BRIDGES_GONE = 'pipeline:pg_otel_bridge:gone';

/** Fires if no bridge is left. A bridge that is gone increases no counter. */
export const BRIDGE_GONE: Further = {
  recordings: (counter) => [
    { record: BRIDGES, expr: `count(${counter})` },
    {
      record: BRIDGES_GONE,
      expr: `last_over_time(${BRIDGES}[1d]) unless ${BRIDGES}`,
      comment:
        'There were bridges within the last day, and none is left. A bridge that is gone increases no counter.',
    },
  ],
  condition: { metric: BRIDGES_GONE, comparison: '> 0' },
};
