import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { durations, targets } from '../histogram-panels';
import { chart, summed } from '../panel';
import { CREATE, legendOf, OF_POOL, perMinute, quantile, rate, SETUP, sum } from '../promql';
import { SERVICE_VARIABLES } from '../variables';

const METRIC = HISTOGRAMS.connect.name;
const POOL = 'service_name, db_client_connection_pool_name';
const PHASE = 'pg_otel_connection_phase';
const FAILED = `${OF_POOL},error_type!=""`;

export function connectionsBoard(thresholds: Thresholds): Board {
  const setups = {
    thresholds,
    kinds: ['connect'] as const,
    part: { histogram: CREATE, selector: OF_POOL },
  };
  return {
    name: 'connections',
    title: 'Postgres clients: connections',
    description:
      'How many connections are set up, how long each phase takes, and why connections fail or close.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace', 'pool'],
    rows: [
      {
        title: 'Set up',
        panels: [
          chart({
            title: 'Connections opened per second',
            description: `Connections that pools and clients set up. A high rate means that connections are not reused: see *Connections closed by reason*. Count of \`${METRIC}\` without \`error.type\`.`,
            unit: 'cps',
            queries: [summed(POOL, rate(`${CREATE}_count`, `${OF_POOL},error_type=""`))],
          }),
          durations(setups, {
            title: 'Time to set up a connection',
            description: `Half, 95 % and 99 % of the connections took at most this long from the call to the first *ready for query*, including failed ones. Estimated within the buckets of \`${METRIC}\`.`,
          }),
          ...targets(
            { ...setups, part: { ...setups.part, by: POOL } },
            {
              what: 'Connections',
              description: (time) =>
                `The share of the connections that took at most ${time} to be set up, including failed ones.`,
              metric: METRIC,
              legend: legendOf(POOL),
            },
          ),
        ],
      },
      {
        title: 'Phases',
        panels: [
          chart({
            title: 'Mean time by phase of the setup',
            description: `The time that a connection spends in each phase, on average over all connections: the stack is the mean time of a setup. Sum of \`pg_otel.connection.setup.duration\` by \`pg_otel.connection.phase\`, per count of \`${METRIC}\`.`,
            unit: 's',
            stacked: true,
            queries: [
              {
                expr: `${sum(PHASE, rate(`${SETUP}_sum`, OF_POOL))} / scalar(${sum('', rate(`${CREATE}_count`, OF_POOL))})`,
                legend: legendOf(PHASE),
              },
            ],
          }),
          chart({
            title: 'p95 by phase of the setup',
            description:
              '95 % of the connections that went through the phase spent at most this long in it. Estimated within the buckets of `pg_otel.connection.setup.duration`.',
            unit: 's',
            logarithmic: true,
            queries: [
              {
                expr: quantile(0.95, { histogram: SETUP, selector: OF_POOL, by: PHASE }),
                legend: legendOf(PHASE),
              },
            ],
          }),
        ],
      },
      {
        title: 'Failures and ends',
        panels: [
          chart({
            title: 'Failed connections by error type',
            description: `Connections per minute that could not be set up, by SQLSTATE (28P01: password, 53300: too many), the code of the error (ECONNREFUSED) or \`timeout\`. Count of \`${METRIC}\` by \`error.type\`.`,
            unit: 'cpm',
            stacked: true,
            none: 'None failed',
            queries: [
              { expr: perMinute('error_type', `${CREATE}_count`, FAILED), legend: legendOf('error_type') },
            ],
          }),
          chart({
            title: 'Failed connections by phase',
            description:
              'Connections per minute that could not be set up, by the phase in which they failed. `tcp`: a network problem or no server. `auth`: usually a wrong password. Count of `pg_otel.connection.setup.duration` with `error.type`.',
            unit: 'cpm',
            stacked: true,
            none: 'None failed',
            queries: [{ expr: perMinute(PHASE, `${SETUP}_count`, FAILED), legend: legendOf(PHASE) }],
          }),
          chart({
            title: 'Connections closed by reason',
            description:
              'Connections per minute that a pool closed: `idle` for too long, at the end of their `lifetime`, after `max_uses`, for an `error`, or at the `end` of the pool. `pg_otel.connection.closed` by `pg_otel.connection.close.reason`.',
            unit: 'cpm',
            stacked: true,
            none: 'None closed',
            queries: [
              {
                expr: perMinute(
                  'pg_otel_connection_close_reason',
                  'pg_otel_connection_closed_total',
                  OF_POOL,
                ),
                legend: legendOf('pg_otel_connection_close_reason'),
              },
            ],
          }),
        ],
      },
    ],
  };
}
