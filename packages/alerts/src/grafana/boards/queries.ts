import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import { seconds } from '../../rules/summary';
import type { Board } from '../board';
import { durationLimits, shareLimits, timesOf } from '../limits';
import { chart, quantiles } from '../panel';
import { OF_DATABASE, OPERATION, overPerMinute, quantile, ROWS, rate, shareWithin, sum } from '../promql';
import { summaryTable } from '../summary-table';
import { tracesLink } from '../traces-link';

const KINDS = ['query', 'batch'] as const;
const BY = 'service_name, db_namespace';
const LEGEND = '{{service_name}} {{db_namespace}}';
const operations = { histogram: OPERATION, selector: OF_DATABASE };
const rows = { histogram: ROWS, selector: OF_DATABASE };
const METRIC = '`db.client.operation.duration`';

export function queriesBoard(thresholds: Thresholds): Board {
  return {
    name: 'queries',
    title: 'Postgres clients: queries',
    description: 'How many queries there are, how long they take, how they fail, and which ones it is.',
    variables: ['datasource', 'service_name', 'deployment_environment_name', 'db_namespace'],
    rows: [
      { title: 'Load and errors', panels: [load(), errors()] },
      { title: 'Duration', panels: [durations(thresholds), ...targets(thresholds), ...slow(thresholds)] },
      { title: 'Statements', panels: statements() },
      { title: 'Rows', panels: returnedRows() },
    ],
  };
}

const load = () =>
  chart({
    title: 'Queries per second',
    description: `Queries and batches that have ended, failed ones included. Count of ${METRIC}.`,
    unit: 'ops',
    queries: [
      {
        expr: sum(BY, rate(`${OPERATION}_count`, OF_DATABASE)),
        legend: LEGEND,
        links: [tracesLink({ title: 'Traces of this service', service: '${__field.labels.service_name}' })],
      },
    ],
  });

const errors = () =>
  chart({
    title: 'Failed queries by error type',
    description: `Which share of the queries failed, and by which error: SQLSTATE, the code of the connection's error, or \`timeout\`. Count of ${METRIC} by \`error.type\`.`,
    unit: 'percentunit',
    stacked: true,
    none: 'None failed',
    queries: [
      {
        expr: `${sum('error_type', rate(`${OPERATION}_count`, `${OF_DATABASE},error_type!=""`))} / scalar(${sum('', rate(`${OPERATION}_count`, OF_DATABASE))})`,
        legend: '{{error_type}}',
      },
    ],
  });

const durations = (thresholds: Thresholds) =>
  chart({
    title: 'Duration of queries',
    description: `Half, 95 % and 99 % of the queries took at most this long, from the call to the answer, without the wait for the pool. Estimated within the buckets of ${METRIC}.`,
    unit: 's',
    logarithmic: true,
    limits: durationLimits(thresholds, KINDS),
    queries: quantiles((share) => quantile(share, operations)),
  });

/** A panel for each target: the limits of two cannot be drawn in one. */
const targets = (thresholds: Thresholds) =>
  timesOf(thresholds, 'share-within', KINDS).map((within) =>
    chart({
      title: `Queries within ${seconds(within)}`,
      description: `Which share of the queries took at most ${seconds(within)}, failed ones included. Exact: ${seconds(within)} is an edge of ${METRIC}.`,
      unit: 'percentunit',
      upTo: 1,
      limits: shareLimits(thresholds, KINDS, within),
      queries: [{ expr: shareWithin(within, { ...operations, by: BY }), legend: LEGEND }],
    }),
  );

function slow(thresholds: Thresholds) {
  // Limits without a backstop may be no edges: only events tell them.
  const exact = timesOf(thresholds, 'slow-operation', KINDS).filter((limit) =>
    HISTOGRAMS.query.edges.includes(limit),
  );
  if (exact.length === 0) return [];
  return [
    chart({
      title: 'Queries over a limit',
      description: `How many queries per minute took longer than each limit, of those that have ended. Exact: the limits are edges of ${METRIC}. What still runs is told by alerts.`,
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

const statements = () => [
  summaryTable({
    title: 'Slowest statements',
    description: `By mean duration in the time shown: calls per second, mean, 99 % quantile, and which share of all time spent on queries is theirs. From ${METRIC} by \`db.query.summary\`; \`_OTHER\` holds those beyond the limit of summaries.`,
    most: 'mean',
  }),
  summaryTable({
    title: 'Most frequent statements',
    description: `By calls per second in the time shown: calls per second, mean, 99 % quantile, and which share of all time spent on queries is theirs. From ${METRIC} by \`db.query.summary\`; \`_OTHER\` holds those beyond the limit of summaries.`,
    most: 'calls',
  }),
];

const returnedRows = () => [
  chart({
    title: 'Rows per query',
    description:
      'Half, 95 % and 99 % of the queries returned at most so many rows. Estimated within the buckets of `db.client.response.returned_rows`.',
    unit: 'short',
    queries: quantiles((share) => quantile(share, rows)),
  }),
  chart({
    title: 'Rows per second',
    description: 'Rows that queries returned. Sum of `db.client.response.returned_rows`.',
    unit: 'rowsps',
    queries: [{ expr: sum(BY, rate(`${ROWS}_sum`, OF_DATABASE)), legend: LEGEND }],
  }),
];
