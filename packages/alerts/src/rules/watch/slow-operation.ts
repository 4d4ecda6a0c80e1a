import { z } from 'zod';
import { counting, increaseIn, metricName, perProcess, within } from '../../prometheus/promql';
import { level } from '../../thresholds/level';
import { limit } from '../../thresholds/values';
import { histogramOf, labelsOfHistogram } from '../histograms';
import { OPERATIONS, type OperationKind, type RuleOf } from '../rule';
import { duration, seconds } from '../text';
import { TIMES } from '../times';
import type { EventDefinition } from './definition';

const WORDS: Readonly<Record<OperationKind, string>> = {
  query: 'query',
  batch: 'batch',
  connect: 'connection setup',
  acquire: 'wait for the pool',
};

/** The names of operations in summaries. */
export function operationWords(operations: readonly OperationKind[]): string {
  return operations.map((kind) => WORDS[kind]).join(' or ');
}

export const aboveSeconds = ({ overSeconds }: { readonly overSeconds: number }) => ({
  value: overSeconds,
  words: `above ${seconds(overSeconds)}`,
});

const LIMIT = 'pg_otel.operation.limit';
const ELAPSED = 'pg_otel.operation.elapsed';

/** An operation takes longer than a limit. */
export const slowOperation: EventDefinition<'slow-operation'> = {
  operations: OPERATIONS,
  level: level({
    over: limit.describe('an operation takes longer than this'),
    backstop: z
      .boolean({ error: 'must be true or false' })
      .default(true)
      .describe(
        'whether Prometheus also counts operations that have ended; `over` must then be a bucket edge',
      ),
  }).transform(({ over, backstop, ...common }) => ({ ...common, overSeconds: over, hasBackstop: backstop })),
  // The histogram of queries has no pool, so the alert has no label for it.
  labels: (rule) => labelsOfHistogram(histogramOf(rule)),
  summary: ({ overSeconds }, { operations }) =>
    `A ${operationWords(operations)} takes longer than ${seconds(overSeconds)}`,
  description:
    'A caller waits. The operation is slow on the server, queued on its client, or blocked by a lock.',
  value: ({ count }) => `${count} in the last minute`,
  line: aboveSeconds,
  event: {
    name: 'pg_otel.operation.slow',
    update: 'pg_otel.operation.diagnosed',
    subject: 'slow operations',
    annotations: {
      elapsed: ELAPSED,
      running: 'pg_otel.operation.running',
      crossings: 'pg_otel.operation.crossings',
      pool_wait_time: 'pg_otel.pool.wait_time',
      queue_time: 'pg_otel.client.queue_time',
      first_row_time: 'pg_otel.response.first_row_time',
      diagnosis: 'pg_otel.diagnosis',
      kind: { first: 'pg_otel.diagnosis.kinds' },
      reason: 'pg_otel.diagnosis.reason',
      certainty: 'pg_otel.diagnosis.certainty',
      wait_event_type: 'postgresql.wait_event_type',
      wait_event: 'postgresql.wait_event',
      blocking_pids: 'postgresql.blocking.pids',
      blocker_trace_id: 'pg_otel.diagnosis.blocker.trace_id',
    },
    value: ELAPSED,
    limit: LIMIT,
    // Compares the limit, not the elapsed time: each limit that an operation crosses has its own event.
    condition: ({ overSeconds }) => ({ attribute: LIMIT, is: '==', value: overSeconds }),
  },
  group: 'operations',
  // Operations that have ended and took longer than the limit. Backstop of the alerts from log events.
  prometheus: ({ overSeconds, hasBackstop }, rule) => {
    if (!hasBackstop || !hasSeriesForVariants(rule)) return undefined;
    const { name, hasPool } = histogramOf(rule);
    const labels = labelsOfHistogram({ hasPool });
    const metric = metricName(name, 'seconds');
    const limit = duration(overSeconds);
    const place = hasPool ? 'pool' : 'statement';
    const record = `instance_${place}:${metric}:over_${limit}`;
    const known = `${record}_known`;
    const increase = `${place}:${metric}:over_${limit}_increase${duration(TIMES.lookBack)}`;
    const [over, watched] = counting({
      '#': `Operations of each process that took longer than ${limit}. Exact: ${limit} is a bucket edge.`,
      record,
      expr: `${perProcess(labels, `${metric}_count`)}\n- ${perProcess(labels, within(metric, overSeconds))}`,
    });
    return {
      recordings: [
        over,
        { record: known, expr: `${record} > 0` },
        watched,
        { record: increase, expr: increaseIn(TIMES.lookBack, labels, record, known) },
      ],
      conditions: [{ metric: increase, matchers: kindMatchers(rule), comparison: '> 0' }],
    };
  },
};

/** Whether Prometheus can evaluate all variants. A histogram without pool names cannot be matched by an override for a pool. */
export function hasSeriesForVariants(rule: RuleOf<'slow-operation'>): boolean {
  return histogramOf(rule).hasPool || rule.variants.every(({ match }) => match.pool === undefined);
}

/** Queries and batches share a histogram. Only summaries of batches begin with the word BATCH. */
function kindMatchers({ operations }: RuleOf<'slow-operation'>): string[] {
  if (operations.includes('query') === operations.includes('batch')) return [];
  return [`db_query_summary${operations.includes('batch') ? '=~' : '!~'}"BATCH( .*)?"`];
}
