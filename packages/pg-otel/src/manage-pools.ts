import { onPool } from '@pg-otel/instrumentation/pools';
import { optionalPackage, reasonOf } from './optional-package';
import { checkSetting } from './settings/check';
import { wordOf } from './settings/settings';
import { warn } from './warnings';

type PoolPackage = Pick<typeof import('@pg-otel/pool'), 'managePool' | 'poolManager'>;

let isManaging = false;

/** Whether the pools of this process are managed, for `pg-otel doctor`. */
export const managesPools = (): boolean => isManaging;

/**
 * Manages each pool of the process from its first connection on, as `PG_OTEL_MANAGE_POOLS` sets. Without the variable it
 * loads nothing, and pools stay as they are. It never throws.
 */
export function managePools(): void {
  checkSetting('PG_OTEL_MANAGE_POOLS');
  const mode = wordOf('PG_OTEL_MANAGE_POOLS');
  if (mode === undefined || isManaging) return;
  let pools: PoolPackage;
  try {
    pools = optionalPackage<PoolPackage>('@pg-otel/pool');
  } catch (error) {
    const reason = (error as Error).message;
    warn(
      'PG_OTEL_POOLS_NOT_MANAGED',
      `PG_OTEL_MANAGE_POOLS=${mode} (from the environment) has no effect: ${reason}`,
    );
    return;
  }
  isManaging = true;
  onPool((pool) => {
    try {
      // The options of an application that manages the pool itself take precedence.
      if (pools.poolManager(pool) === undefined) pools.managePool(pool, { mode });
    } catch (error) {
      warn(
        'PG_OTEL_POOLS_NOT_MANAGED',
        `PG_OTEL_MANAGE_POOLS=${mode}: a pool is not managed: ${reasonOf(error)}`,
      );
    }
  });
}
