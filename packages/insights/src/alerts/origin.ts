import type { PoolIdentity } from '@pg-otel/instrumentation/channels';

/** The database that a figure is about. */
export type Origin = Pick<PoolIdentity, 'serverAddress' | 'serverPort' | 'namespace'>;

export const originKey = ({ serverAddress, serverPort, namespace }: Origin, poolName: string | undefined) =>
  `${serverAddress}\n${serverPort ?? ''}\n${namespace ?? ''}\n${poolName ?? ''}`;

/** Attributes with the names of the instrumentation. */
export function attributesOf(
  { serverAddress, serverPort, namespace }: Origin,
  poolName: string | undefined,
): Record<string, unknown> {
  return {
    'db.system.name': 'postgresql',
    'server.address': serverAddress,
    ...(serverPort !== undefined && { 'server.port': serverPort }),
    ...(namespace !== undefined && { 'db.namespace': namespace }),
    ...(poolName !== undefined && { 'db.client.connection.pool.name': poolName }),
  };
}
