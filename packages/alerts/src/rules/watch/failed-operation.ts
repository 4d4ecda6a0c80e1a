import { counting, INSTANCE, increaseIn, metricName, perProcess, quoted } from '../../prometheus/promql';
import { level } from '../../thresholds/level';
import { count, listOf } from '../../thresholds/values';
import { FAILURE_PATTERNS, FAILURES } from '../failures';
import { histogramsOf } from '../histograms';
import { DATABASE } from '../labels';
import type { RuleOf } from '../rule';
import { duration } from '../text';
import { TIMES } from '../times';
import { type EventDefinition, FAILURE, type Recording } from './definition';

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
    value: FAILURES_IN_A_MINUTE,
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
  group: 'operations',
  // Several failures of one kind within a minute, or one while nothing succeeds. One failure among successes fires no alert.
  prometheus: ({ failures, atLeast }, { operations }) => {
    const queries = histogramsOf(operations).map(({ name }) => {
      const metric = metricName(name, 'seconds');
      const record = `instance_pool:${metric}:failed`;
      const ofPool = `pool:${metric}:failed_increase${LOOK_BACK}`;
      const ofDatabase = `database:${metric}:failed_increase${LOOK_BACK}`;
      const failed = counting({
        '#': 'Failures of each process by kind (docs/reference/telemetry.md, Errors).',
        record,
        expr: byFailure(`${metric}_count{error_type!=""}`),
      });
      const condition = (where: string) => ({
        metric: ofPool,
        matchers: [`failure=~"${failures.join('|')}"`],
        comparison: '> 0',
        where,
      });
      return {
        recordings: [
          ...failed,
          { record: ofPool, expr: increaseIn(TIMES.lookBack, [...DATABASE, 'pool', FAILURE], record) },
          { record: ofDatabase, expr: `sum by (${BY_FAILURE}) (${ofPool})` },
          ...SUCCESSES,
        ],
        conditions: [
          condition(`and on (${BY_FAILURE}) ${ofDatabase} >= ${atLeast}`),
          condition(`unless on (${DATABASE.join(', ')}) ${SUCCEEDED} > 0`),
        ],
      };
    });
    return {
      recordings: queries.flatMap(({ recordings }) => recordings),
      conditions: queries.flatMap(({ conditions }) => conditions),
    };
  },
};

const LOOK_BACK = duration(TIMES.lookBack);
const BY_FAILURE = [...DATABASE, FAILURE].join(', ');

const SUCCEEDED = `database:db_client:succeeded_increase${LOOK_BACK}`;
/** Successful queries and connection attempts of each database. Requests to a pool may succeed without the database. */
const SUCCESSES = successes('instance_database:db_client:succeeded');
function successes(record: string): readonly Recording[] {
  const counts = histogramsOf(['query', 'batch', 'connect']).map(
    ({ name }) => `${metricName(name, 'seconds')}_count`,
  );
  const expr = perProcess(DATABASE, `{__name__=~"${counts.join('|')}", error_type=""}`);
  return [
    ...counting({ '#': 'Queries and connection setups of each process without an error.', record, expr }),
    { record: SUCCEEDED, expr: increaseIn(TIMES.lookBack, DATABASE, record) },
  ];
}

/** `failure` is `other` unless a pattern matches. The first pattern takes precedence, so it is applied last. */
function byFailure(counts: string): string {
  const labels = [...DATABASE, 'pool'];
  const named = [['other', '.*'] as const, ...Object.entries(FAILURE_PATTERNS).reverse()].reduce(
    (expression, [failure, pattern]) =>
      `label_replace(\n  ${expression},\n  "failure", "${failure}", "error_type", ${quoted(pattern)})`,
    perProcess([...labels, 'error_type'], counts),
  );
  return `sum by (${[...INSTANCE, ...labels, FAILURE].join(', ')}) (${named})`;
}
