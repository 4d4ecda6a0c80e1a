import type { Attributes } from '@opentelemetry/api';
import type { PoolIdentity } from '../channels';
import { mayHoldCredentials, UNPARSABLE, warnOfPoolName } from '../credentials';
import { POOL_NAME } from '../semconv';
import { Target } from '../target';

/** The server and database of a message. Names that may contain credentials are replaced, as for any other target. */
export function identityTarget({ serverAddress, serverPort, namespace }: Partial<PoolIdentity>): Target {
  if (serverAddress === undefined || serverAddress === '') return Target.unknown;
  return Target.of({ host: serverAddress, port: serverPort, database: namespace });
}

/** The attributes of telemetry about the pool of a message. */
export function identityAttributes(identity: Partial<PoolIdentity>): Attributes {
  const { attributes } = identityTarget(identity);
  const { poolName } = identity;
  if (poolName === undefined) return attributes;
  const isSafe = !mayHoldCredentials(poolName);
  if (!isSafe) warnOfPoolName();
  return { ...attributes, [POOL_NAME]: isSafe ? poolName : UNPARSABLE };
}
