import { createRequire } from 'node:module';
import { onPool } from '@pg-otel/instrumentation/pools';
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
  const pools = loadPoolPackage(mode);
  if (pools === undefined) return;
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

/** The package is not required by a literal name, because bundlers would warn when it is not installed. */
function loadPoolPackage(mode: string): PoolPackage | undefined {
  try {
    return createRequire(__filename)('@pg-otel/pool') as PoolPackage;
  } catch (error) {
    // The first line of the message names the module that is missing, which may be one that the package needs.
    const { code, message = '' } = error as { code?: string; message?: string };
    const isMissing = code === 'MODULE_NOT_FOUND' && /^.*@pg-otel\/pool/.test(message);
    const reason = isMissing
      ? 'is not installed. Install it in the application (npm install @pg-otel/pool), and keep it out of a bundle'
      : `cannot be loaded: ${code ?? reasonOf(error)}`;
    warn(
      'PG_OTEL_POOLS_NOT_MANAGED',
      `PG_OTEL_MANAGE_POOLS=${mode} (from the environment) has no effect: @pg-otel/pool ${reason}`,
    );
    return undefined;
  }
}

/** The message of `@pg-otel/pool` for a setting that is not accepted; of other errors the class, as they may contain data. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  return error instanceof Error ? error.constructor.name : typeof error;
}
