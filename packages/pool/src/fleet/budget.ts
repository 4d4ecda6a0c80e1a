import type { PoolLimits } from '../options';
import type { ClientConnections, ServerConnections } from './server-connections';

/** How the connections of a server are shared. */
export interface FleetShare {
  /** Pools of the service that have connections. */
  readonly instances: number;
  /** Connections that all instances may use together. */
  readonly budget: number;
  /** Connections that one of them may use, at least 1. */
  readonly share: number;
}

/**
 * Shares what the server does not reserve and others do not use. The limits that the application has set can only lower
 * the budget.
 *
 * @param isInstance whether connections are those of an instance of the service, by `application_name`
 * @param ownName the `application_name` of this instance, which may have no connection of that name yet
 */
export function shareConnections(
  server: ServerConnections,
  limits: PoolLimits,
  isInstance: (name: string) => boolean,
  ownName: string,
): FleetShare {
  const others = server.clients.filter(({ name }) => !isInstance(name));
  const names = new Set(server.clients.map(({ name }) => name).filter(isInstance)).add(ownName);

  const { serverConnections = server.most, reservedConnections = 0, otherConnections = 0 } = limits;
  const budgets = [
    Math.min(server.most, serverConnections) -
      Math.max(server.reserved, reservedConnections) -
      Math.max(count(others), otherConnections),
  ];
  const { roleLimit, databaseLimit } = server;
  if (roleLimit >= 0) budgets.push(roleLimit - count(others.filter(({ isOfRole }) => isOfRole)));
  if (databaseLimit >= 0)
    budgets.push(databaseLimit - count(others.filter(({ isOfDatabase }) => isOfDatabase)));
  const budget = Math.max(0, Math.min(...budgets));
  const instances = names.size;
  return { instances, budget, share: Math.max(1, Math.floor(budget / instances)) };
}

function count(clients: readonly ClientConnections[]): number {
  return clients.reduce((sum, { connections }) => sum + connections, 0);
}
