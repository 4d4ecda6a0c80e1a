import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import { percent, seconds } from '../../rules/text';
import type { Board } from '../board';
import { durations, quantiles, targets } from '../histogram-panels';
import { limitsOn, slowTimes } from '../limits';
import { heatmapOf, stat } from '../overview-panels';
import { chart, type Panel, summed } from '../panel';
import {
  gaugeName,
  legendOf,
  OF_DATABASE,
  OPERATION,
  overPerMinute,
  POOL_LABELS,
  quantile,
  RATE_WINDOW,
  ROWS,
  rate,
  sum,
} from '../promql';
import { summaryTable } from '../summary-table';
import { tracesLink } from '../traces-link';
import { SERVICE_VARIABLES } from '../variables';

const KINDS = ['query', 'batch'] as const;
const BY = 'service_name, db_namespace';
const operations = { histogram: OPERATION, selector: OF_DATABASE };
const METRIC = '`db.client.operation.duration`';
const COUNT = rate(`${OPERATION}_count`, OF_DATABASE);
const FAILED = rate(`${OPERATION}_count`, `${OF_DATABASE},error_type!=""`);
const STATEMENTS = `calls per second, total time, mean, 99 % quantile, and share of all time spent on queries. From ${METRIC} by \`db.query.summary\`; \`_OTHER\` combines all statements beyond the limit of summaries.`;

export function queriesBoard(thresholds: Thresholds): Board {
  const watched = { thresholds, kinds: KINDS, part: operations };
  return {
    name: 'queries',
    title: 'Postgres clients: queries',
    description:
      'How many queries run, how long they take, why they fail, and which statements take the most time.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace'],
    rows: [
      { title: 'Overview', panels: overview(thresholds) },
      {
        title: 'Load and errors',
        panels: [
          chart({
            title: 'Queries per second',
            description: `Queries and batches that have ended, including failed ones. Count of ${METRIC}.`,
            unit: 'ops',
            queries: [
              {
                ...summed(BY, COUNT),
                links: [
                  tracesLink({
                    title: 'Traces of this service',
                    service: '${__field.labels.service_name}',
                  }),
                ],
              },
            ],
          }),
          chart({
            title: 'Failed queries by error type',
            description: `The share of the queries that failed, by error: SQLSTATE, the code of a connection error, or \`timeout\`. Count of ${METRIC} by \`error.type\`.`,
            unit: 'percentunit',
            stacked: true,
            none: 'None failed',
            queries: [
              {
                expr: `${sum('error_type', FAILED)} / scalar(${sum('', COUNT)})`,
                legend: legendOf('error_type'),
              },
            ],
          }),
        ],
      },
      {
        title: 'Duration',
        panels: [
          durations(watched, {
            title: 'Duration of queries',
            description: `Half, 95 % and 99 % of the queries took at most this long, from the call to the answer, without the wait for the pool. Estimated within the buckets of ${METRIC}.`,
          }),
          heatmapOf({
            title: 'Durations over time',
            description: `The number of queries by duration. Unlike quantiles, it shows whether there are several groups of durations. Buckets of ${METRIC}.`,
            expr: sum('le', `increase(${OPERATION}_bucket{${OF_DATABASE}}[${RATE_WINDOW}])`),
          }),
          ...targets(
            { ...watched, part: { ...operations, by: BY } },
            {
              what: 'Queries',
              description: (time) =>
                `The share of the queries that took at most ${time}, including failed ones.`,
              metric: HISTOGRAMS.query.name,
              legend: legendOf(BY),
            },
          ),
          ...slow(thresholds),
        ],
      },
      {
        title: 'Statements',
        panels: [
          summaryTable({
            title: 'Top statements',
            description: `Sorted by total time in the time range, as in pg_stat_statements: ${STATEMENTS}`,
            most: 'total',
          }),
          summaryTable({
            title: 'Slowest statements',
            description: `Sorted by mean duration in the time range: ${STATEMENTS}`,
            most: 'mean',
          }),
          summaryTable({
            title: 'Most frequent statements',
            description: `Sorted by calls per second in the time range: ${STATEMENTS}`,
            most: 'calls',
          }),
        ],
      },
      {
        title: 'Rows',
        panels: [
          chart({
            title: 'Rows per query',
            description:
              'Half, 95 % and 99 % of the queries returned at most this many rows. Estimated within the buckets of `db.client.response.returned_rows`.',
            unit: 'short',
            queries: quantiles({ histogram: ROWS, selector: OF_DATABASE }),
          }),
          chart({
            title: 'Rows per second',
            description: 'Rows that queries returned. Sum of `db.client.response.returned_rows`.',
            unit: 'rowsps',
            queries: [summed(BY, rate(`${ROWS}_sum`, OF_DATABASE))],
          }),
        ],
      },
    ],
  };
}

function overview(thresholds: Thresholds): Panel[] {
  const [slowest] = exactLimits(thresholds);
  const full = limitsOn(thresholds, 'pool-utilization').lines[0]?.value ?? 0.8;
  const pools = `max by (${POOL_LABELS}) (${gaugeName('pool-utilization')}{${OF_DATABASE}}) > ${full}`;
  return [
    stat({
      title: 'Queries/s',
      description: `Queries and batches that have ended, for the selected services and databases. Count of ${METRIC}.`,
      unit: 'ops',
      expr: sum('', COUNT),
    }),
    stat({
      title: 'p95',
      description: `95 % of all queries took at most this long. Estimated within the buckets of ${METRIC}.`,
      unit: 's',
      expr: quantile(0.95, operations),
    }),
    stat({
      title: 'Errors',
      description: `The share of all queries that failed. Count of ${METRIC} by \`error.type\`.`,
      unit: 'percentunit',
      expr: `(${sum('', FAILED)} or vector(0)) / ${sum('', COUNT)}`,
      badFrom: 0.01,
    }),
    ...(slowest === undefined
      ? []
      : [
          stat({
            title: `Over ${seconds(slowest)}`,
            description: `Queries per minute that took longer than ${seconds(slowest)}. Exact: the limit is a bucket edge of ${METRIC}.`,
            unit: 'opm',
            expr: overPerMinute(slowest, operations),
            badFrom: 0.001,
          }),
        ]),
    stat({
      title: `Pools over ${percent(full)}`,
      description: `Pools of which more than ${percent(full)} is in use. \`pg_otel.connection.utilization\`.`,
      unit: 'short',
      expr: `count(${pools}) or vector(0)`,
      badFrom: 1,
    }),
  ];
}

/** Limits that are bucket edges. Prometheus does not evaluate other limits. */
function exactLimits(thresholds: Thresholds): number[] {
  return slowTimes(thresholds, KINDS).filter((limit) => HISTOGRAMS.query.edges.includes(limit));
}

function slow(thresholds: Thresholds): Panel[] {
  const exact = exactLimits(thresholds);
  if (exact.length === 0) return [];
  return [
    chart({
      title: 'Queries over a limit',
      description: `Queries per minute that have ended and took longer than each limit. Exact: the limits are bucket edges of ${METRIC}. For queries that still run, see the alerts.`,
      unit: 'opm',
      queries: exact.map((limit) => ({
        expr: overPerMinute(limit, { ...operations, by: 'service_name' }),
        legend: `over ${seconds(limit)} {{service_name}}`,
        links: [
          tracesLink({
            title: `Traces longer than ${seconds(limit)}`,
            service: '${__field.labels.service_name}',
            minSeconds: limit,
          }),
        ],
      })),
    }),
  ];
}
