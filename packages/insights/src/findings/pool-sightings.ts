import type { PoolFigures } from '@pg-otel/instrumentation/channels';
import type { Sighting } from './finding';

/** Seconds for which a connection is checked out, and for which a request waits, before it counts. */
const MIN_HELD = 10;
const MIN_WAIT = 1;

/** The stack of some checkouts is recorded. The place of one that has just begun is not to blame. */
const isWithPlace = ({ takenAt, seconds }: PoolFigures['held'][number]): boolean =>
  takenAt !== undefined && seconds >= MIN_HELD;

/** What the figures of a pool prove at one moment. */
export function poolSightings(pool: PoolFigures): Sighting[] {
  const { poolName, used, active, pending, oldestPendingSeconds, held } = pool;
  const [longest] = held;
  if (active === undefined || active >= used || longest === undefined || longest.seconds < MIN_HELD)
    return [];
  const { takenAt, traceId } = held.find(isWithPlace) ?? longest;
  const time = `${longest.seconds.toFixed(0)} s`;
  if (pending > 0 && oldestPendingSeconds >= MIN_WAIT) {
    const requests = pending === 1 ? '1 request waits' : `${pending} requests wait`;
    const sentence = `${requests} for pool ${poolName}, the oldest for ${oldestPendingSeconds.toFixed(1)} s, while ${used - active} of its ${used} checked-out connections ${used - active === 1 ? 'runs' : 'run'} no query; the longest is checked out for ${time}`;
    return [{ kind: 'waits_for_idle', poolName, sentence, takenAt, traceId }];
  }
  // A connection that runs a query may be the one that is held longest.
  if (active > 0) return [];
  const sentence = `Pool ${poolName}: ${used === 1 ? `a connection is checked out for ${time} and runs no query` : `${used} connections are checked out and run no query, the longest for ${time}`}`;
  return [{ kind: 'not_returned', poolName, sentence, takenAt, traceId }];
}
