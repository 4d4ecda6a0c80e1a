import { PlanInputError } from './input-error';
import { isNeonServer, type Limits, settingOf } from './limits';
import { NEON_POOLER_CLIENTS, NEON_POOLER_SHARE, NEON_RESERVED, neonMaxConnections } from './neon';

/** Connections that the server leaves to the fleet, and to each process. */
export interface ServerShare {
  /** Server connections that all processes may use together; undefined when unknown. */
  readonly budget: number | undefined;
  /** The largest `max` of a process; undefined when server and pooler are unknown. */
  readonly share: number | undefined;
  /** The computation of the share, for messages. */
  readonly explained: string;
}

const SUPERUSER_RESERVED = 3;
const DIAGNOSIS = 1;

/** @throws {PlanInputError} when not even one connection is left for each process */
export function serverShare(limits: Limits): ServerShare {
  const direct = directBudget(limits);
  return limits.pooler === 'transaction' ? pooledShare(limits, direct) : directShare(limits, direct);
}

interface Budget {
  readonly connections: number | undefined;
  readonly explained: string;
}

function maxConnections(limits: Limits): number | undefined {
  const { serverConnections, neonComputeUnits } = limits;
  return (
    serverConnections ?? (neonComputeUnits === undefined ? undefined : neonMaxConnections(neonComputeUnits))
  );
}

function directBudget(limits: Limits): Budget {
  const most = maxConnections(limits);
  if (most === undefined) return { connections: undefined, explained: 'max_connections is not known' };
  const { otherConnections = 0 } = limits;
  const reserved = limits.reservedConnections ?? (isNeonServer(limits) ? NEON_RESERVED : SUPERUSER_RESERVED);
  const explained = `max_connections ${most} − ${reserved} reserved − ${otherConnections} of others`;
  const connections = most - reserved - otherConnections;
  if (connections >= 1) return { connections, explained };
  const name = limits.serverConnections === undefined ? 'otherConnections' : 'serverConnections';
  const sentence =
    name === 'serverConnections'
      ? `must be greater than what is reserved and what others use, ${reserved} + ${otherConnections}, got ${most}`
      : `must leave something of max_connections ${most}, of which ${reserved} are reserved, got ${otherConnections}`;
  throw new PlanInputError(settingOf(name), sentence);
}

function directShare(limits: Limits, { connections, explained }: Budget): ServerShare {
  const { processes = 1 } = limits;
  if (connections === undefined) return { budget: undefined, share: undefined, explained };
  if (processes > connections) throw tooManyProcesses(processes, connections, explained);
  const share = ofPool(Math.floor(connections / processes), limits);
  const all = `(${explained}) / ${counted(processes, 'process')}`;
  return { budget: connections, share, explained: `${all}${withoutExtra(limits)}` };
}

/** The part of a process's connections that its pool may use. The pool has at least one: the other connections can wait. */
function ofPool(connections: number, { extraConnections = DIAGNOSIS }: Limits): number {
  return Math.max(1, connections - extraConnections);
}

function withoutExtra({ extraConnections = DIAGNOSIS }: Limits): string {
  return extraConnections === 0 ? '' : ` − ${extraConnections} outside of the pool`;
}

/** A pooler accepts many clients, but its connections to the server limit the number of running queries. */
function pooledShare(limits: Limits, direct: Budget): ServerShare {
  const { processes = 1, poolerServerConnections } = limits;
  const clients = limits.poolerClientConnections ?? (isNeonServer(limits) ? NEON_POOLER_CLIENTS : undefined);
  if (clients !== undefined && processes > clients) {
    throw tooManyProcesses(processes, clients, 'client connections of the pooler');
  }
  const most = maxConnections(limits);
  const byNeon =
    isNeonServer(limits) && most !== undefined ? Math.floor(NEON_POOLER_SHARE * most) : undefined;
  const budget = least([poolerServerConnections ?? byNeon, direct.connections]);
  const share = least([
    budget === undefined ? undefined : Math.max(1, Math.floor(budget / processes)),
    clients === undefined ? undefined : ofPool(Math.floor(clients / processes), limits),
  ]);
  const parts = [
    budget === undefined ? undefined : `${budget} server connections of the pooler`,
    clients === undefined ? undefined : `${clients} client connections`,
  ].filter((part) => part !== undefined);
  const explained =
    parts.length === 0
      ? 'the limits of the pooler are not known'
      : `(${parts.join(', ')}) / ${counted(processes, 'process')}`;
  return { budget, share, explained };
}

function tooManyProcesses(processes: number, connections: number, explained: string): PlanInputError {
  const sentence = `must be at most ${connections}, the connections there are (${explained}), got ${processes}`;
  return new PlanInputError(settingOf('processes'), sentence);
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 'es'}`;
}
