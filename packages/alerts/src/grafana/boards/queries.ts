import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import { percent, seconds } from '../../rules/text';
import type { Board } from '../board';
import { durationLimits, gaugeLimits, shareLimits, slowTimes, targetTimes } from '../limits';
import { heatmapOf, stat } from '../overview-panels';
import { chart, quantiles } from '../panel';
import {
  OF_DATABASE,
  OPERATION,
  overPerMinute,
  POOL_LABELS,
  quantile,
  RATE_WINDOW,
  ROWS,
  rate,
  shareWithin,
  sum,
} from '../promql';
import { summaryTable } from '../summary-table';
import { tracesLink } from '../traces-link';
import { SERVICE_VARIABLES } from '../variables';

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
    description:
      'How many queries there are, how long they take, how they fail, and which statements they are.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace'],
    rows: [
      { title: 'Overview', panels: overview(thresholds) },
      { title: 'Load and errors', panels: [load(), errors()] },
      {
        title: 'Duration',
        panels: [durations(thresholds), heatmap(), ...targets(thresholds), ...slow(thresholds)],
      },
      { title: 'Statements', panels: statements() },
      { title: 'Rows', panels: returnedRows() },
    ],
  };
}

function overview(thresholds: Thresholds) {
  const count = rate(`${OPERATION}_count`, OF_DATABASE);
  const failed = rate(`${OPERATION}_count`, `${OF_DATABASE},error_type!=""`);
  const [slowest] = exactLimits(thresholds);
  const full = gaugeLimits(thresholds, 'pool-utilization').lines[0]?.value ?? 0.8;
  const pools = `max by (${POOL_LABELS}) (pg_otel_connection_utilization_ratio{${OF_DATABASE}}) > ${full}`;
  return [
    stat({
      title: 'Queries/s',
      description: `Queries and batches that have ended, of all that is chosen. Count of ${METRIC}.`,
      unit: 'ops',
      expr: sum('', count),
    }),
    stat({
      title: 'p95',
      description: `95 % of all queries took at most this long. Estimated within the buckets of ${METRIC}.`,
      unit: 's',
      expr: quantile(0.95, operations),
    }),
    stat({
      title: 'Errors',
      description: `Which share of all queries failed. Count of ${METRIC} by \`error.type\`.`,
      unit: 'percentunit',
      expr: `(${sum('', failed)} or vector(0)) / ${sum('', count)}`,
      badFrom: 0.01,
    }),
    ...(slowest === undefined
      ? []
      : [
          stat({
            title: `Over ${seconds(slowest)}`,
            description: `Queries per minute that took longer than ${seconds(slowest)}. Exact: it is an edge of ${METRIC}.`,
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

const heatmap = () =>
  heatmapOf({
    title: 'Durations over time',
    description: `How many queries took how long: a second band or one that rises is seen here and in no quantile. Buckets of ${METRIC}.`,
    expr: sum('le', `increase(${OPERATION}_bucket{${OF_DATABASE}}[${RATE_WINDOW}])`),
  });

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
  targetTimes(thresholds, KINDS).map((within) =>
    chart({
      title: `Queries within ${seconds(within)}`,
      description: `Which share of the queries took at most ${seconds(within)}, failed ones included. Exact: ${seconds(within)} is an edge of ${METRIC}.`,
      unit: 'percentunit',
      upTo: 1,
      limits: shareLimits(thresholds, KINDS, within),
      queries: [{ expr: shareWithin(within, { ...operations, by: BY }), legend: LEGEND }],
    }),
  );

/** Limits that are bucket edges. Others have no backstop: only events watch them. */
function exactLimits(thresholds: Thresholds): number[] {
  const limits = slowTimes(thresholds, KINDS);
  return limits.filter((limit) => HISTOGRAMS.query.edges.includes(limit));
}

function slow(thresholds: Thresholds) {
  const exact = exactLimits(thresholds);
  if (exact.length === 0) return [];
  return [
    chart({
      title: 'Queries over a limit',
      description: `How many queries per minute took longer than each limit, of those that have ended. Exact: the limits are edges of ${METRIC}. For queries that still run, see the alerts.`,
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

const STATEMENTS = `calls per second, total time, mean, 99 % quantile, and which share of all time spent on queries is theirs. From ${METRIC} by \`db.query.summary\`; \`_OTHER\` holds those beyond the limit of summaries.`;

const statements = () => [
  summaryTable({
    title: 'Top statements',
    description: `By total time in the time shown, as pg_stat_statements sorts them: ${STATEMENTS}`,
    most: 'total',
  }),
  summaryTable({
    title: 'Slowest statements',
    description: `By mean duration in the time shown: ${STATEMENTS}`,
    most: 'mean',
  }),
  summaryTable({
    title: 'Most frequent statements',
    description: `By calls per second in the time shown: ${STATEMENTS}`,
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
