import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { distribution, targets } from '../distributions';
import { chart } from '../panel';
import { extreme, INSTANCE, legendOf, POOL, perMinute, RECOVERY, summed, USE, WAIT, worst } from '../promql';
import { OF_INSTANCE, selectionOf } from '../variables';

const WAITS = { histogram: WAIT, selector: OF_INSTANCE, by: POOL };
const USED = `db_client_connection_count{${OF_INSTANCE}}`;
const LIMIT = `db_client_connection_limit{${OF_INSTANCE}}`;
const STATE = 'db_client_connection_state';
const REASON = 'pg_otel_pool_resize_reason';
const OUTCOME = 'pg_otel_retry_outcome';
const UNMANAGED = 'No pool is managed';

export const poolsBoard = (thresholds: Thresholds): Board => ({
  name: 'pools',
  description:
    'How full the pools are, how long requests wait for a connection, how long connections are checked out, and what managers of pools do.',
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
    'Managed pools': {
      ...(thresholds.rules.some(({ watch }) => watch === 'pool-unhealthy') && {
        Health: chart(
          '1 if the database answers, 0 if all checks and connection attempts fail. `pg_otel.connection.health`.',
          { unit: 'short', upTo: 1, none: UNMANAGED },
          worst('pool-unhealthy', OF_INSTANCE),
        ),
      }),
      'Limit and advice': chart(
        'The limit of the pool, and the limit that its manager has chosen last. They differ if the manager only advises. `db.client.connection.limit` and `pg_otel.pool.advised_limit`.',
        { unit: 'short', none: UNMANAGED },
        summed(INSTANCE, LIMIT, `limit ${legendOf(INSTANCE)}`),
        summed(INSTANCE, `pg_otel_pool_advised_limit{${OF_INSTANCE}}`, `advice ${legendOf(INSTANCE)}`),
      ),
      'Changes of the limit': chart(
        'Changes per minute by reason, applied or advised. `pg_otel.pool.resizes` by `pg_otel.pool.resize.reason`.',
        { unit: 'cpm', stacked: true, none: 'None changed' },
        perMinute(`${POOL}, ${REASON}`, 'pg_otel_pool_resizes_total', OF_INSTANCE),
      ),
      'Time to recover': distribution({
        of: { ...WAITS, histogram: RECOVERY },
        what: 'recoveries from lost connections and failures took at most this long',
        none: 'None was necessary',
      }),
      Retries: chart(
        'Attempts per minute by outcome: `retried` failed and were repeated, `recovered` succeeded after a failure, `gave_up` failed for good. `pg_otel.retry.attempts` by `pg_otel.retry.outcome`.',
        { unit: 'cpm', stacked: true, none: 'None repeated' },
        perMinute(`service_name, ${OUTCOME}`, 'pg_otel_retry_attempts_total', OF_INSTANCE),
      ),
    },
  },
});
