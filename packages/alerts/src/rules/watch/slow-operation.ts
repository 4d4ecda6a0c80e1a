import { z } from 'zod';
import { slowQueries } from '../../prometheus/slow';
import { level } from '../../thresholds/level';
import { limit } from '../../thresholds/values';
import { histogramOf, labelsOfHistogram } from '../histograms';
import { OPERATIONS, type OperationKind } from '../rule';
import { seconds } from '../text';
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
  }).transform(({ over, backstop, ...common }) => ({
    ...common,
    overSeconds: over,
    hasBackstop: backstop,
  })),
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
    subject: 'slow operations',
    annotations: {
      elapsed: 'pg_otel.operation.elapsed',
      running: 'pg_otel.operation.running',
      crossings: 'pg_otel.operation.crossings',
      pool_wait_time: 'pg_otel.pool.wait_time',
      queue_time: 'pg_otel.client.queue_time',
      first_row_time: 'pg_otel.response.first_row_time',
    },
    limit: 'pg_otel.operation.limit',
    // Compares the limit, not the elapsed time: each limit that an operation crosses has its own event.
    condition: ({ overSeconds }) => ({
      attribute: 'pg_otel.operation.limit',
      is: '==',
      value: overSeconds,
    }),
  },
  prometheus: slowQueries,
};
