import type { Configuration, PoolInfo } from '../configuration';
import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import { ownFailure, warn } from '../warnings';

/**
 * `db.client.connection.pool.name`: the user's, else the database, else the endpoint (semconv 1.45). Two pools of
 * one name would write into one series, so the second is numbered.
 */
export function poolName(
  { poolNames }: Configuration,
  pool: { target: Target; user: string | undefined; applicationName: string | undefined },
  live: readonly PoolState[],
): string {
  const { target, user, applicationName } = pool;
  const taken = new Set(live.map(({ name }) => name));
  const base = target.namespace ?? target.endpoint;
  // A pool that was given a name has not freed its default one: shop#2 stays the second pool on shop.
  const sameTarget = live.filter((other) => other.target === target).length;
  const defaultName = sameTarget === 0 ? base : `${base}#${sameTarget + 1}`;
  const chosen = ownName(poolNames, {
    defaultName,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    user,
    applicationName,
  });
  const name = numbered(chosen ?? defaultName, taken);
  if (name !== (chosen ?? base)) {
    warn(
      'PG_OTEL_POOL_NAME',
      `A further pool of the name "${chosen ?? base}" is reported as "${name}". Name pools by the option poolNames or ` +
        'PG_OTEL_POOL_NAMES to tell them apart.',
    );
  }
  return name;
}

function ownName(poolNames: Configuration['poolNames'], info: PoolInfo): string | undefined {
  if (typeof poolNames !== 'function') return poolNames[info.defaultName];
  try {
    const name = poolNames(info);
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch (error) {
    ownFailure('poolNames', error);
    return undefined;
  }
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const base = name.replace(/#\d+$/, '');
  let number = 2;
  while (taken.has(`${base}#${number}`)) number += 1;
  return `${base}#${number}`;
}
