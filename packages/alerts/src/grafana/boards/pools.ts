import type { Thresholds } from '../../rules/rule';
import { seconds } from '../../rules/text';
import type { Board } from '../board';
import { durationLimits, gaugeLimits, heldLimits, shareLimits, targetTimes } from '../limits';
import { chart, quantiles } from '../panel';
import { OF_INSTANCE, POOL_LABELS, perMinute, quantile, shareWithin, sum, USE, WAIT } from '../promql';
import { SERVICE_VARIABLES } from '../variables';

const KINDS = ['acquire'] as const;
const POOL = '{{service_name}} {{db_client_connection_pool_name}}';
const LEGEND = `${POOL} {{instance}}`;
const POOL_BY = 'service_name, db_client_connection_pool_name';
const waits = { histogram: WAIT, selector: OF_INSTANCE };
const uses = { histogram: USE, selector: OF_INSTANCE };

/** The highest of a pool of an instance. */
const highest = (metric: string) => `max by (${POOL_LABELS}) (${metric}{${OF_INSTANCE}})`;

export function poolsBoard(thresholds: Thresholds): Board {
  const isWatched = thresholds.rules.some(({ watch }) => watch === 'pool-unhealthy');
  return {
    name: 'pools',
    title: 'Postgres clients: pools',
    description:
      'How full the pools are, how long requests wait for a connection, and how long connections are checked out.',
    variables: ['datasource', ...SERVICE_VARIABLES, 'db_namespace', 'pool', 'instance'],
    rows: [
      { title: 'Size', panels: [utilization(thresholds), connections(), ...(isWatched ? [health()] : [])] },
      {
        title: 'Waiting',
        panels: [pending(), oldestWait(thresholds), waitTime(thresholds), ...targets(thresholds), timeouts()],
      },
      { title: 'Use', panels: [useTime(), oldestUse(thresholds)] },
    ],
  };
}

const utilization = (thresholds: Thresholds) =>
  chart({
    title: 'Utilization',
    description:
      'Connections used or being opened, as a share of the limit of the pool. `pg_otel.connection.utilization`.',
    unit: 'percentunit',
    upTo: 1,
    limits: gaugeLimits(thresholds, 'pool-utilization'),
    queries: [{ expr: highest('pg_otel_connection_utilization_ratio'), legend: LEGEND }],
  });

const connections = () =>
  chart({
    title: 'Connections',
    description:
      'Connections of a pool that are used and idle, and how many it may have; those that are still being opened are in neither. `db.client.connection.count` by `db.client.connection.state`, and `db.client.connection.limit`.',
    unit: 'short',
    queries: [
      {
        expr: sum(`${POOL_LABELS}, db_client_connection_state`, `db_client_connection_count{${OF_INSTANCE}}`),
        legend: `{{db_client_connection_state}} ${LEGEND}`,
      },
      {
        expr: sum(POOL_LABELS, `db_client_connection_limit{${OF_INSTANCE}}`),
        legend: `limit ${LEGEND}`,
      },
    ],
  });

const health = () =>
  chart({
    title: 'Health',
    description:
      'Whether the health check of a pool succeeds: 1, or 0. Only of pools that are checked. `pg_otel.connection.health`.',
    unit: 'short',
    upTo: 1,
    none: 'No pool is checked',
    queries: [
      { expr: `min by (${POOL_LABELS}) (pg_otel_connection_health{${OF_INSTANCE}})`, legend: LEGEND },
    ],
  });

const pending = () =>
  chart({
    title: 'Requests waiting',
    description: 'Requests that wait for a connection right now. `db.client.connection.pending_requests`.',
    unit: 'short',
    queries: [{ expr: highest('db_client_connection_pending_requests'), legend: LEGEND }],
  });

const oldestWait = (thresholds: Thresholds) =>
  chart({
    title: 'Oldest waiting request',
    description:
      'For how long the oldest request that still waits has waited; 0 when none does. `pg_otel.connection.pending.oldest`.',
    unit: 's',
    limits: gaugeLimits(thresholds, 'pool-waiting'),
    queries: [{ expr: highest('pg_otel_connection_pending_oldest_seconds'), legend: LEGEND }],
  });

const waitTime = (thresholds: Thresholds) =>
  chart({
    title: 'Wait for a connection',
    description:
      'Half, 95 % and 99 % of the requests waited at most this long until they had a connection or failed; opening one is in it. Estimated within the buckets of `db.client.connection.wait_time`.',
    unit: 's',
    logarithmic: true,
    limits: durationLimits(thresholds, KINDS),
    queries: quantiles((share) => quantile(share, { ...waits, by: POOL_BY }), POOL),
  });

const targets = (thresholds: Thresholds) =>
  targetTimes(thresholds, KINDS).map((within) =>
    chart({
      title: `Requests within ${seconds(within)}`,
      description: `Which share of the requests waited at most ${seconds(within)} for a connection. Exact: ${seconds(within)} is an edge of \`db.client.connection.wait_time\`.`,
      unit: 'percentunit',
      upTo: 1,
      limits: shareLimits(thresholds, KINDS, within),
      queries: [{ expr: shareWithin(within, { ...waits, by: POOL_BY }), legend: POOL }],
    }),
  );

const timeouts = () =>
  chart({
    title: 'Requests timed out',
    description:
      'Requests per minute that gave up waiting for a connection. `db.client.connection.timeouts`.',
    unit: 'cpm',
    none: 'None timed out',
    queries: [
      { expr: perMinute(POOL_LABELS, 'db_client_connection_timeouts_total', OF_INSTANCE), legend: LEGEND },
    ],
  });

const useTime = () =>
  chart({
    title: 'Use of a connection',
    description:
      'Half, 95 % and 99 % of the connections that were returned had been checked out for at most this long. Estimated within the buckets of `db.client.connection.use_time`.',
    unit: 's',
    logarithmic: true,
    queries: quantiles((share) => quantile(share, { ...uses, by: POOL_BY }), POOL),
  });

const oldestUse = (thresholds: Thresholds) =>
  chart({
    title: 'Connection held longest',
    description:
      'For how long the connection that is checked out longest has been checked out; 0 when none is. `pg_otel.connection.use.oldest`.',
    unit: 's',
    limits: heldLimits(thresholds),
    queries: [{ expr: highest('pg_otel_connection_use_oldest_seconds'), legend: LEGEND }],
  });
