import type { Thresholds } from '../../rules/rule';
import type { Board } from '../board';
import { distribution, targets } from '../distributions';
import { chart } from '../panel';
import { CREATE, grouped, POOL, part, perMinute, quantile, rate, SETUP, summed } from '../promql';
import { OF_POOL, selectionOf } from '../variables';

const METRIC = CREATE.metric;
const PHASE = 'pg_otel_connection_phase';
const CLOSED = 'pg_otel_connection_close_reason';
const FAILED = `${OF_POOL},error_type!=""`;
const SETUPS = { histogram: CREATE, selector: OF_POOL, by: '' };

export const connectionsBoard = (thresholds: Thresholds): Board => ({
  name: 'connections',
  description:
    'How many connections are set up, how long each phase takes, and why connections fail or close.',
  variables: selectionOf('pool'),
  rows: {
    'Set up': {
      'Connections opened per second': chart(
        `Connections that pools and clients set up. A high rate means that connections are not reused: see *Connections closed by reason*. Count of \`${METRIC}\` without \`error.type\`.`,
        { unit: 'cps' },
        summed(POOL, rate(CREATE.count, `${OF_POOL},error_type=""`)),
      ),
      'Time to set up a connection': distribution({
        of: SETUPS,
        what: 'connections took at most this long from the call to the first *ready for query*, including failed ones',
      }),
      ...targets(thresholds, 'Connections', {
        of: { ...SETUPS, by: POOL },
        reach: (time) => `took at most ${time} to be set up, including failed ones`,
      }),
    },
    Phases: {
      'Mean time by phase of the setup': chart(
        `The time that a connection spends in each phase, on average over all connections: the stack is the mean time of a setup. Sum of \`pg_otel.connection.setup.duration\` by \`pg_otel.connection.phase\`, per count of \`${METRIC}\`.`,
        { unit: 's', stacked: true },
        part(PHASE, rate(SETUP.sum, OF_POOL), rate(CREATE.count, OF_POOL)),
      ),
      'p95 by phase of the setup': chart(
        '95 % of the connections that went through the phase spent at most this long in it. Estimated within the buckets of `pg_otel.connection.setup.duration`.',
        { unit: 's', logarithmic: true },
        grouped(PHASE, quantile(0.95, { histogram: SETUP, selector: OF_POOL, by: PHASE })),
      ),
    },
    'Failures and ends': {
      'Failed connections by error type': chart(
        `Connections per minute that could not be set up, by SQLSTATE (28P01: password, 53300: too many), the code of the error (ECONNREFUSED) or \`timeout\`. Count of \`${METRIC}\` by \`error.type\`.`,
        { unit: 'cpm', stacked: true, none: 'None failed' },
        perMinute('error_type', CREATE.count, FAILED),
      ),
      'Failed connections by phase': chart(
        'Connections per minute that could not be set up, by the phase in which they failed. `tcp`: a network problem or no server. `auth`: usually a wrong password. Count of `pg_otel.connection.setup.duration` with `error.type`.',
        { unit: 'cpm', stacked: true, none: 'None failed' },
        perMinute(PHASE, SETUP.count, FAILED),
      ),
      'Connections closed by reason': chart(
        'Connections per minute that a pool closed: `idle` for too long, at the end of their `lifetime`, after `max_uses`, for an `error`, or at the `end` of the pool. `pg_otel.connection.closed` by `pg_otel.connection.close.reason`.',
        { unit: 'cpm', stacked: true, none: 'None closed' },
        perMinute(CLOSED, 'pg_otel_connection_closed_total', OF_POOL),
      ),
    },
  },
});
