import type { PoolIdentity } from '../../channels';
import type { Copy } from '../../copies';
import { unobserved } from '../../telemetry';
import { guarded } from '../guarded';
import type { PgPool } from './pg';
import { SharedPool } from './shared-pool';

/** This copy of the package, for the functions of `@pg-otel/instrumentation/pools`. */
export const thisCopy: Copy = {
  identityOf: (pool) => guarded('poolIdentity', () => identityOf(pool as PgPool)),
  unobserved,
};

function identityOf(pool: PgPool): PoolIdentity | undefined {
  if (!SharedPool.isKnowable(pool)) return undefined;
  const state = SharedPool.known(pool)?.state;
  if (state === undefined) return undefined;
  const { name, target } = state;
  return {
    poolName: name,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
  };
}
