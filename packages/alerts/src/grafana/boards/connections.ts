import type { Thresholds } from '../../rules/rule';
import { seconds } from '../../rules/text';
import type { Board } from '../board';
import { durationLimits, shareLimits, targetTimes } from '../limits';
import { chart, quantiles } from '../panel';
import { CREATE, OF_POOL, perMinute, quantile, rate, SETUP, shareWithin, sum } from '../promql';
import { SERVICE_VARIABLES } from '../variables';

const KINDS = ['connect'] as const;
const setups = { histogram: CREATE, selector: OF_POOL };
const METRIC = '`db.client.connection.create_time`';
const PHASE = 'pg_otel_connection_phase';

export function connectionsBoard(thresholds: Thresholds): Board {
  return {
    name: 'connections',
    title: 'Postgres clients: connections',
    description: 'How connections are set up, how long that takes and in which phase, and how they end.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace', 'pool'],
    rows: [
      { title: 'Set up', panels: [opened(), setupTime(thresholds), ...targets(thresholds)] },
      { title: 'Phases', panels: phases() },
      { title: 'Failures and ends', panels: [failures(), failedPhases(), closed()] },
    ],
  };
}

const opened = () =>
  chart({
    title: 'Connections opened per second',
    description: `Connections that were set up, by pools and clients. Many of them mean that they are not kept: see why they were closed. Count of ${METRIC} without \`error.type\`.`,
    unit: 'cps',
    queries: [
      {
        expr: sum(
          'service_name, db_client_connection_pool_name',
          rate(`${CREATE}_count`, `${OF_POOL},error_type=""`),
        ),
        legend: '{{service_name}} {{db_client_connection_pool_name}}',
      },
    ],
  });

const setupTime = (thresholds: Thresholds) =>
  chart({
    title: 'Time to set up a connection',
    description: `Half, 95 % and 99 % of the connections took at most this long from the call to the first *ready for query*, failed ones included. Estimated within the buckets of ${METRIC}.`,
    unit: 's',
    logarithmic: true,
    limits: durationLimits(thresholds, KINDS),
    queries: quantiles((share) => quantile(share, setups)),
  });

const targets = (thresholds: Thresholds) =>
  targetTimes(thresholds, KINDS).map((within) =>
    chart({
      title: `Connections within ${seconds(within)}`,
      description: `Which share of the connections took at most ${seconds(within)} to be set up, failed ones included. Exact: ${seconds(within)} is an edge of ${METRIC}.`,
      unit: 'percentunit',
      upTo: 1,
      limits: shareLimits(thresholds, KINDS, within),
      queries: [
        {
          expr: shareWithin(within, { ...setups, by: 'service_name, db_client_connection_pool_name' }),
          legend: '{{service_name}} {{db_client_connection_pool_name}}',
        },
      ],
    }),
  );

const phases = () => [
  chart({
    title: 'Mean time by phase of the setup',
    description: `What a connection spends in each phase, on average over all connections: the stack is the mean time to set one up. Sum of \`pg_otel.connection.setup.duration\` by \`pg_otel.connection.phase\`, per count of ${METRIC}.`,
    unit: 's',
    stacked: true,
    queries: [
      {
        expr: `${sum(PHASE, rate(`${SETUP}_sum`, OF_POOL))} / scalar(${sum('', rate(`${CREATE}_count`, OF_POOL))})`,
        legend: `{{${PHASE}}}`,
      },
    ],
  }),
  chart({
    title: 'p95 by phase of the setup',
    description:
      '95 % of the connections spent at most this long in the phase, of those that went through it. Estimated within the buckets of `pg_otel.connection.setup.duration`.',
    unit: 's',
    logarithmic: true,
    queries: [
      {
        expr: quantile(0.95, { histogram: SETUP, selector: OF_POOL, by: PHASE }),
        legend: `{{${PHASE}}}`,
      },
    ],
  }),
];

const failures = () =>
  chart({
    title: 'Failed connections by error type',
    description: `Connections per minute that could not be set up, by SQLSTATE (28P01: password, 53300: too many), the code of the error (ECONNREFUSED) or \`timeout\`. Count of ${METRIC} by \`error.type\`.`,
    unit: 'cpm',
    stacked: true,
    none: 'None failed',
    queries: [
      {
        expr: perMinute('error_type', `${CREATE}_count`, `${OF_POOL},error_type!=""`),
        legend: '{{error_type}}',
      },
    ],
  });

const failedPhases = () =>
  chart({
    title: 'Failed connections by phase',
    description:
      'Connections per minute that could not be set up, by the phase in which they failed: `tcp` is the network or nobody listening, `auth` a password. Count of `pg_otel.connection.setup.duration` with `error.type`.',
    unit: 'cpm',
    stacked: true,
    none: 'None failed',
    queries: [
      {
        expr: perMinute(PHASE, `${SETUP}_count`, `${OF_POOL},error_type!=""`),
        legend: `{{${PHASE}}}`,
      },
    ],
  });

const closed = () =>
  chart({
    title: 'Connections closed by reason',
    description:
      'Connections per minute that a pool closed: `idle` for too long, at the end of their `lifetime`, after `max_uses`, for an `error`, or at the `end` of the pool. `pg_otel.connection.closed` by `pg_otel.connection.close.reason`.',
    unit: 'cpm',
    stacked: true,
    none: 'None closed',
    queries: [
      {
        expr: perMinute('pg_otel_connection_close_reason', 'pg_otel_connection_closed_total', OF_POOL),
        legend: '{{pg_otel_connection_close_reason}}',
      },
    ],
  });
