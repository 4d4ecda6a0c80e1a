import { FAILURE_PATTERNS } from '../rules/failures';
import { type Histogram, histogramsOf } from '../rules/histograms';
import { DATABASE } from '../rules/labels';
import { TIMES } from '../rules/times';
import { increaseIn, watching } from './counters';
import { duration, groupedBy, INSTANCE, metricName, quoted } from './promql';
import type { PrometheusQueries, Recording } from './queries';

const BY_DATABASE = DATABASE.join(', ');
const BY_FAILURE = `${BY_DATABASE}, failure`;
const LOOK_BACK = duration(TIMES.lookBack);
const SUCCESSES = 'instance_database:db_client:succeeded';
const ANSWERED = `database:db_client:succeeded_increase${LOOK_BACK}`;

/** Several failures of one kind within a minute, or one while nothing succeeds. One failure among successes fires no alert. */
export const failedQueries: PrometheusQueries<'failed-operation'> = {
  group: 'operations',
  recordings: ({ operations }) =>
    histogramsOf(operations).flatMap((histogram) => {
      const metric = metricName(histogram.name, 'seconds');
      const counter = `instance_pool:${metric}:failed`;
      return [
        {
          record: counter,
          expr: byFailure(`${metric}_count{error_type!=""}`),
          comment: 'Failures of each process by kind (docs/reference/telemetry.md, Errors).',
        },
        watching(counter),
        {
          record: increase(histogram, 'pool'),
          expr: `sum by (${BY_DATABASE}, pool, failure) ${increaseIn(TIMES.lookBack, counter)}`,
        },
        {
          record: increase(histogram, 'database'),
          expr: `sum by (${BY_FAILURE}) (${increase(histogram, 'pool')})`,
        },
        ...successRecordings(),
      ];
    }),
  conditions: ({ failures, atLeast }, { operations }) =>
    histogramsOf(operations).flatMap((histogram) =>
      [
        `and on (${BY_FAILURE}) ${increase(histogram, 'database')} >= ${atLeast}`,
        `unless on (${BY_DATABASE}) ${ANSWERED} > 0`,
      ].map((where) => ({
        metric: increase(histogram, 'pool'),
        matchers: [`failure=~"${failures.join('|')}"`],
        comparison: '> 0',
        where,
      })),
    ),
};

function increase({ name }: Histogram, level: 'pool' | 'database'): string {
  return `${level}:${metricName(name, 'seconds')}:failed_increase${LOOK_BACK}`;
}

/** Records successful queries and connection attempts of each database. Requests to a pool may succeed without the database. */
function successRecordings(): Recording[] {
  const counts = histogramsOf(['query', 'batch', 'connect']).map(
    ({ name }) => `${metricName(name, 'seconds')}_count`,
  );
  return [
    {
      record: SUCCESSES,
      expr: groupedBy('sum', [...INSTANCE, ...DATABASE], `{__name__=~"${counts.join('|')}", error_type=""}`),
      comment: 'Queries and connection setups of each process without an error.',
    },
    watching(SUCCESSES),
    { record: ANSWERED, expr: `sum by (${BY_DATABASE}) ${increaseIn(TIMES.lookBack, SUCCESSES)}` },
  ];
}

/** `failure` is `other` unless a pattern matches. The first pattern takes precedence, so it is applied last. */
function byFailure(counts: string): string {
  const each = [...INSTANCE, ...DATABASE, 'pool'];
  const named = [['other', '.*'] as const, ...Object.entries(FAILURE_PATTERNS).reverse()].reduce(
    (expression, [failure, pattern]) =>
      `label_replace(\n  ${expression},\n  "failure", "${failure}", "error_type", ${quoted(pattern)})`,
    groupedBy('sum', [...each, 'error_type'], counts),
  );
  return `sum by (${[...each, 'failure'].join(', ')}) (${named})`;
}
