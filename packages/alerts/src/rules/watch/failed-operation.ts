import { failedQueries } from '../../prometheus/failed';
import { level } from '../../thresholds/level';
import { count, listOf } from '../../thresholds/values';
import { DATABASE } from '../labels';
import { FAILURES, type RuleOf } from '../rule';
import { type EventDefinition, FAILURE } from './definition';

const FAILURES_IN_A_MINUTE = 'pg_otel.operation.failures';
const ANSWERED = 'pg_otel.database.answered';

const isOfConnections = ({ operations }: RuleOf<'failed-operation'>) => operations.includes('connect');

/** Connection attempts, or requests to a pool, fail. */
export const failedOperation: EventDefinition<'failed-operation'> = {
  operations: ['connect', 'acquire'],
  level: level({
    failures: listOf(...FAILURES).describe('the reasons that count'),
    atLeast: count
      .refine((least) => least > 0, { error: 'must be at least 1' })
      .default(3)
      .describe(
        'this many failures within a minute; one is enough when no operation succeeds at the database',
      ),
  }),
  labels: () => [...DATABASE, 'pool', 'failure'],
  summary: ({ failures }, rule) =>
    `${isOfConnections(rule) ? 'Connections' : 'Requests for a connection'} fail (${failures.map((failure) => failure.replace('_', ' ')).join(', ')})`,
  description: (rule) =>
    isOfConnections(rule)
      ? 'Queries that need a new connection fail. Several attempts failed within a minute, or nothing else succeeds at the database.'
      : 'Requests for a connection fail, and so do the queries of their callers.',
  value: (format) => `${format.count} in the last minute`,
  event: {
    name: 'db.client.operation.exception',
    subject: 'failed operations',
    annotations: {
      count: 'pg_otel.operation.count',
      failures: FAILURES_IN_A_MINUTE,
      answered: ANSWERED,
      error_type: 'error.type',
    },
    condition: ({ failures, atLeast }) => ({
      allOf: [
        { anyOf: failures.map((failure) => ({ attribute: FAILURE, is: '==', value: failure })) },
        {
          anyOf: [
            // Older instrumentations do not count failures: each failure fires an alert.
            { attribute: FAILURES_IN_A_MINUTE, is: 'missing' },
            { attribute: FAILURES_IN_A_MINUTE, is: '>=', value: atLeast },
            { attribute: ANSWERED, is: '==', value: false },
          ],
        },
      ],
    }),
  },
  prometheus: failedQueries,
};
