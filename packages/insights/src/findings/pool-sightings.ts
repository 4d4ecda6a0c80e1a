import type { CollectMessage, PoolFigures, RunningFigures } from '@pg-otel/instrumentation/channels';
import type { Sighting } from './finding';

/** A connection is checked out for at least so long, in seconds, and a request waits for at least so long. */
const MIN_HELD = 10;
const MIN_WAIT = 1;

/** What the figures of the pools prove at one moment. */
export function poolSightings({ pools, running }: CollectMessage): Sighting[] {
  return pools.flatMap((pool) => sightingsOf(pool, running));
}

function sightingsOf(pool: PoolFigures, running: readonly RunningFigures[]): Sighting[] {
  const { poolName, used, pending, oldestPendingSeconds } = pool;
  const active = running.filter((one) => one.poolName === poolName && isOnConnection(one)).length;
  // Operations without limits are not known. They could run on any connection.
  const idle = used - active;
  const long = pool.held.filter(({ seconds }) => seconds >= MIN_HELD);
  const [longest] = long;
  if (idle <= 0 || longest === undefined || long.length < idle) return [];
  const takenAt = long.find((held) => held.takenAt !== undefined)?.takenAt;
  const { traceId } = longest;
  const connections = `${idle} of its ${used} checked-out connections`;
  if (pending > 0 && oldestPendingSeconds >= MIN_WAIT) {
    const requests = pending === 1 ? '1 request waits' : `${pending} requests wait`;
    const sentence = `${requests} for pool ${poolName}, the oldest for ${oldestPendingSeconds.toFixed(1)} s, while ${connections} run nothing, the longest for ${longest.seconds.toFixed(0)} s`;
    return [{ kind: 'waits_for_idle', poolName, sentence, takenAt, traceId }];
  }
  if (active > 0) return [];
  const sentence = `Pool ${poolName}: ${used === 1 ? 'a connection is' : `${used} connections are`} checked out and run nothing, the longest for ${longest.seconds.toFixed(0)} s`;
  return [{ kind: 'not_returned', poolName, sentence, takenAt, traceId }];
}

const isOnConnection = ({ kind }: RunningFigures): boolean => kind === 'query' || kind === 'batch';
