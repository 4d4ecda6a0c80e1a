import { HISTOGRAMS } from '../../rules/histograms';
import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { durations, quantiles, targets } from '../histogram-panels';
import { limitsOn } from '../limits';
import { chart, type Query, summed } from '../panel';
import { gaugeName, legendOf, OF_INSTANCE, POOL_LABELS, perMinute, USE, WAIT } from '../promql';
import { SERVICE_VARIABLES } from '../variables';

const POOL = 'service_name, db_client_connection_pool_name';
const LEGEND = legendOf(POOL_LABELS);

/** The highest or lowest value of each pool in each instance. */
const extreme = (of: 'max' | 'min', metric: string): Query[] => [
  { expr: `${of} by (${POOL_LABELS}) (${metric}{${OF_INSTANCE}})`, legend: LEGEND },
];

export function poolsBoard(thresholds: Thresholds): Board {
  const waits = {
    thresholds,
    kinds: ['acquire'] as const,
    part: { histogram: WAIT, selector: OF_INSTANCE, by: POOL },
  };
  const health = chart({
    title: 'Health',
    description:
      '1 if the health check of a pool succeeds, 0 if it fails. Only for pools with a health check. `pg_otel.connection.health`.',
    unit: 'short',
    upTo: 1,
    none: 'No pool is checked',
    queries: extreme('min', gaugeName('pool-unhealthy')),
  });
  return {
    name: 'pools',
    title: 'Postgres clients: pools',
    description:
      'How full the pools are, how long requests wait for a connection, and how long connections are checked out.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace', 'pool', 'instance'],
    rows: [
      {
        title: 'Size',
        panels: [
          chart({
            title: 'Utilization',
            description:
              'Connections in use or being opened, as a share of the limit of the pool. `pg_otel.connection.utilization`.',
            unit: 'percentunit',
            upTo: 1,
            limits: limitsOn(thresholds, 'pool-utilization'),
            queries: extreme('max', gaugeName('pool-utilization')),
          }),
          chart({
            title: 'Connections',
            description:
              'The used and idle connections of a pool, and their limit. Connections that are being opened are not included. `db.client.connection.count` by `db.client.connection.state`, and `db.client.connection.limit`.',
            unit: 'short',
            queries: [
              {
                ...summed(
                  `${POOL_LABELS}, db_client_connection_state`,
                  `db_client_connection_count{${OF_INSTANCE}}`,
                ),
                legend: `{{db_client_connection_state}} ${LEGEND}`,
              },
              {
                ...summed(POOL_LABELS, `db_client_connection_limit{${OF_INSTANCE}}`),
                legend: `limit ${LEGEND}`,
              },
            ],
          }),
          ...(thresholds.rules.some(({ watch }) => watch === 'pool-unhealthy') ? [health] : []),
        ],
      },
      {
        title: 'Waiting',
        panels: [
          chart({
            title: 'Requests waiting',
            description: 'Requests that wait for a connection now. `db.client.connection.pending_requests`.',
            unit: 'short',
            queries: extreme('max', 'db_client_connection_pending_requests'),
          }),
          chart({
            title: 'Oldest waiting request',
            description:
              'How long the oldest waiting request has waited; 0 if none waits. `pg_otel.connection.pending.oldest`.',
            unit: 's',
            limits: limitsOn(thresholds, 'pool-waiting'),
            queries: extreme('max', gaugeName('pool-waiting')),
          }),
          durations(waits, {
            title: 'Wait for a connection',
            description:
              'Half, 95 % and 99 % of the requests waited at most this long for a connection or an error, including the time to open a connection. Estimated within the buckets of `db.client.connection.wait_time`.',
            legend: legendOf(POOL),
          }),
          ...targets(waits, {
            what: 'Requests',
            description: (time) => `The share of the requests that waited at most ${time} for a connection.`,
            metric: HISTOGRAMS.acquire.name,
            legend: legendOf(POOL),
          }),
          chart({
            title: 'Requests timed out',
            description:
              'Requests per minute that gave up waiting for a connection. `db.client.connection.timeouts`.',
            unit: 'cpm',
            none: 'None timed out',
            queries: [
              {
                expr: perMinute(POOL_LABELS, 'db_client_connection_timeouts_total', OF_INSTANCE),
                legend: LEGEND,
              },
            ],
          }),
        ],
      },
      {
        title: 'Use',
        panels: [
          chart({
            title: 'Use of a connection',
            description:
              'Half, 95 % and 99 % of the returned connections were checked out for at most this long. Estimated within the buckets of `db.client.connection.use_time`.',
            unit: 's',
            logarithmic: true,
            queries: quantiles({ histogram: USE, selector: OF_INSTANCE, by: POOL }, legendOf(POOL)),
          }),
          chart({
            title: 'Connection held longest',
            description:
              'How long the longest checkout has lasted; 0 if no connection is checked out. `pg_otel.connection.use.oldest`.',
            unit: 's',
            limits: limitsOn(thresholds, 'held-connection'),
            queries: extreme('max', 'pg_otel_connection_use_oldest_seconds'),
          }),
        ],
      },
    ],
  };
}
