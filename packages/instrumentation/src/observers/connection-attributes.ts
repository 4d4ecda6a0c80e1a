import type { Attributes } from '@opentelemetry/api';
import type { PoolState } from '../pool-state';
import { POOL_NAME } from '../semconv';
import type { Target } from '../target';

/** Of whatever is told about connections: where they lead, and whose they are. */
export function connectionAttributes(target: Target, pool: PoolState | undefined): Attributes {
  return pool === undefined ? target.attributes : { ...target.attributes, [POOL_NAME]: pool.name };
}
