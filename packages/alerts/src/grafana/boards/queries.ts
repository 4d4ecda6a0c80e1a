import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import { percent, seconds } from '../../rules/text';
import type { Board } from '../board';
import { distribution, targets } from '../distributions';
import { limitsOn, timesOn } from '../limits';
import { chart, heatmapOf, stat } from '../panel';
import { aboveLimit, increase, OPERATION, part, quantile, ROWS, rate, sum, summed, worst } from '../promql';
import { reasons } from '../reasons';
import { statements } from '../statements';
import { OF_DATABASE, selectionOf } from '../variables';
import { tracesLink } from './traces';

const BY = 'service_name, db_namespace';
const OPERATIONS = { histogram: OPERATION, selector: OF_DATABASE, by: '' };
const METRIC = `\`${OPERATION.metric}\``;
const COUNT = rate(OPERATION.count, OF_DATABASE);
const FAILED = rate(OPERATION.count, `${OF_DATABASE},error_type!=""`);
const UTILIZATION = worst('pool-utilization', OF_DATABASE).expr;
const SERVICE = '${__field.labels.service_name}';

export function queriesBoard(thresholds: Thresholds): Board {
  // Limits that are bucket edges. Prometheus does not evaluate other limits.
  const slow = timesOn(thresholds, { watches: ['slow-operation'], metric: OPERATION.metric });
  const exact = slow.filter((limit) => HISTOGRAMS.query.edges.includes(limit));
  const [slowest] = exact;
  const full = limitsOn(thresholds, { watches: ['pool-utilization'] }).lines[0]?.value ?? 0.8;
  return {
    name: 'queries',
    description:
      'How many queries run, how long they take, why they fail, and which statements take the most time.',
    variables: selectionOf('db_namespace'),
    rows: {
      Overview: {
        'Queries/s': stat(
          `Queries and batches that have ended, for the selected services and databases. Count of ${METRIC}.`,
          { unit: 'ops', expr: sum('', COUNT) },
        ),
        p95: stat(`95 % of all queries took at most this long. Estimated within the buckets of ${METRIC}.`, {
          unit: 's',
          expr: quantile(0.95, OPERATIONS),
        }),
        Errors: stat(`The share of all queries that failed. Count of ${METRIC} by \`error.type\`.`, {
          unit: 'percentunit',
          expr: `(${sum('', FAILED)} or vector(0)) / ${sum('', COUNT)}`,
          badFrom: 0.01,
        }),
        ...(slowest !== undefined && {
          [`Over ${seconds(slowest)}`]: stat(
            `Queries per minute that took longer than ${seconds(slowest)}. Exact: the limit is a bucket edge of ${METRIC}.`,
            { unit: 'opm', expr: aboveLimit(slowest, OPERATIONS), badFrom: 0.001 },
          ),
        }),
        [`Pools over ${percent(full)}`]: stat(
          `Pools of which more than ${percent(full)} is in use. \`pg_otel.connection.utilization\`.`,
          { unit: 'short', expr: `count(${UTILIZATION} > ${full}) or vector(0)`, badFrom: 1 },
        ),
      },
      'Load and errors': {
        'Queries per second': chart(
          `Queries and batches that have ended, including failed ones. Count of ${METRIC}.`,
          { unit: 'ops' },
          { ...summed(BY, COUNT), links: [tracesLink('Traces of this service', SERVICE)] },
        ),
        'Failed queries by error type': chart(
          `The share of the queries that failed, by error: SQLSTATE, the code of a connection error, or \`timeout\`. Count of ${METRIC} by \`error.type\`.`,
          { unit: 'percentunit', stacked: true, none: 'None failed' },
          part('error_type', FAILED, COUNT),
        ),
      },
      Duration: {
        'Duration of queries': distribution({
          of: OPERATIONS,
          what: 'queries took at most this long, from the call to the answer, without the wait for the pool',
        }),
        'Durations over time': heatmapOf(
          `The number of queries by duration. Unlike quantiles, it shows whether there are several groups of durations. Buckets of ${METRIC}.`,
          sum('le', increase(OPERATION.bucket, OF_DATABASE)),
        ),
        ...targets(thresholds, 'Queries', {
          of: { ...OPERATIONS, by: BY },
          reach: (time) => `took at most ${time}, including failed ones`,
        }),
        ...(slowest !== undefined && {
          'Queries over a limit': chart(
            `Queries per minute that have ended and took longer than each limit. Exact: the limits are bucket edges of ${METRIC}. For queries that still run, see the alerts.`,
            { unit: 'opm' },
            ...exact.map((limit) => ({
              expr: aboveLimit(limit, { ...OPERATIONS, by: 'service_name' }),
              legend: `over ${seconds(limit)} {{service_name}}`,
              links: [tracesLink(`Traces longer than ${seconds(limit)}`, SERVICE, '', `${limit * 1000}ms`)],
            })),
          ),
        }),
      },
      Statements: {
        'Top statements': statements('Total time', 'total time in the time range, as in pg_stat_statements'),
        'Slowest statements': statements('Mean', 'mean duration in the time range'),
        'Most frequent statements': statements('Calls', 'calls per second in the time range'),
      },
      Reasons: { 'Why queries are slow': reasons },
      Rows: {
        'Rows per query': distribution({
          of: { ...OPERATIONS, histogram: ROWS },
          what: 'queries returned at most this many rows',
          unit: 'short',
        }),
        'Rows per second': chart(
          'Rows that queries returned. Sum of `db.client.response.returned_rows`.',
          { unit: 'rowsps' },
          summed(BY, rate(ROWS.sum, OF_DATABASE)),
        ),
      },
    },
  };
}
