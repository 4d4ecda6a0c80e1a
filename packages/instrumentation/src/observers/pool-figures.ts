import type { HeldFigures, PoolFigures } from '../channels';
import { seconds } from '../clock';
import type { PoolReading, PoolState } from '../pool-state';
import { traceIdentity } from '../trace-identity';

/** The most checked-out connections that are described. */
const MAX_HELD = 10;

export const usedOf = ({ total, idle, connecting }: PoolReading): number =>
  Math.max(0, total - idle - connecting);

/** Describes a pool now, for the channel of collections. */
export function poolFigures(pool: PoolState, reading: PoolReading, at: number): PoolFigures {
  const { name, target, oldestRequestAt } = pool;
  const { idle, connecting, pending, limit } = reading;
  return {
    poolName: name,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    used: usedOf(reading),
    idle,
    connecting,
    pending,
    limit,
    oldestPendingSeconds: oldestRequestAt === undefined ? 0 : seconds(at - oldestRequestAt),
    held: longestHeld(pool, at),
  };
}

function longestHeld({ checkouts }: PoolState, at: number): HeldFigures[] {
  const held: HeldFigures[] = [];
  for (const { heldSince, takenAt, holder } of checkouts) {
    if (held.length === MAX_HELD) break;
    held.push({ seconds: seconds(at - heldSince), takenAt, ...traceIdentity(holder) });
  }
  return held;
}
