import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { distribution, targets } from '../distributions';
import { chart } from '../panel';
import { extreme, INSTANCE, legendOf, POOL, perMinute, summed, USE, WAIT, worst } from '../promql';
import { OF_INSTANCE, selectionOf } from '../variables';

const WAITS = { histogram: WAIT, selector: OF_INSTANCE, by: POOL };
const USED = `db_client_connection_count{${OF_INSTANCE}}`;
const LIMIT = `db_client_connection_limit{${OF_INSTANCE}}`;
const STATE = 'db_client_connection_state';

export const poolsBoard = (thresholds: Thresholds): Board => ({
  name: 'pools',
  description:
    'How full the pools are, how long requests wait for a connection, and how long connections are checked out.',
  variables: selectionOf('instance'),
  rows: {
    Size: {
      Utilization: chart(
        'Connections in use or being opened, as a share of the limit of the pool. `pg_otel.connection.utilization`.',
        { unit: 'percentunit', upTo: 1, watches: ['pool-utilization'] },
        worst('pool-utilization', OF_INSTANCE),
      ),
      Connections: chart(
        'The used and idle connections of a pool, and their limit. Connections that are being opened are not included. `db.client.connection.count` by `db.client.connection.state`, and `db.client.connection.limit`.',
        { unit: 'short' },
        summed(`${INSTANCE}, ${STATE}`, USED, `{{${STATE}}} ${legendOf(INSTANCE)}`),
        summed(INSTANCE, LIMIT, `limit ${legendOf(INSTANCE)}`),
      ),
      ...(thresholds.rules.some(({ watch }) => watch === 'pool-unhealthy') && {
        Health: chart(
          '1 if the health check of a pool succeeds, 0 if it fails. Only for pools with a health check. `pg_otel.connection.health`.',
          { unit: 'short', upTo: 1, none: 'No pool is checked' },
          worst('pool-unhealthy', OF_INSTANCE),
        ),
      }),
    },
    Waiting: {
      'Requests waiting': chart(
        'Requests that wait for a connection now. `db.client.connection.pending_requests`.',
        { unit: 'short' },
        extreme('max', 'db_client_connection_pending_requests', OF_INSTANCE),
      ),
      'Oldest waiting request': chart(
        'How long the oldest waiting request has waited; 0 if none waits. `pg_otel.connection.pending.oldest`.',
        { unit: 's', watches: ['pool-waiting'] },
        worst('pool-waiting', OF_INSTANCE),
      ),
      'Wait for a connection': distribution({
        of: WAITS,
        what: 'requests waited at most this long for a connection or an error, including the time to open a connection',
      }),
      ...targets(thresholds, 'Requests', {
        of: WAITS,
        reach: (time) => `waited at most ${time} for a connection`,
      }),
      'Requests timed out': chart(
        'Requests per minute that gave up waiting for a connection. `db.client.connection.timeouts`.',
        { unit: 'cpm', none: 'None timed out' },
        perMinute(INSTANCE, 'db_client_connection_timeouts_total', OF_INSTANCE),
      ),
    },
    Use: {
      'Use of a connection': distribution({
        of: { ...WAITS, histogram: USE },
        what: 'returned connections were checked out for at most this long',
      }),
      'Connection held longest': chart(
        'How long the longest checkout has lasted; 0 if no connection is checked out. `pg_otel.connection.use.oldest`.',
        { unit: 's', watches: ['held-connection'] },
        extreme('max', 'pg_otel_connection_use_oldest_seconds', OF_INSTANCE),
      ),
    },
  },
});
