import type { Attributes } from '@opentelemetry/api';
import type { PoolState } from '../pool-state';
import { POOL_NAME } from '../semconv';
import type { Target } from '../target';

/** Attributes of telemetry about a connection: its target and its pool. */
export function connectionAttributes(target: Target, pool: PoolState | undefined): Attributes {
  return pool === undefined ? target.attributes : { ...target.attributes, [POOL_NAME]: pool.name };
}
