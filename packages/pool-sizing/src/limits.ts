import { type AcceptedNumber, checkNumbers } from './accepted-number';
import { ENVIRONMENTS, type Environment } from './environments';
import { PlanInputError, type Setting, shown } from './input-error';
import { NEON_CONNECTIONS, neonMaxConnections } from './neon';
import { checkOverrides, type PoolOverrides } from './pool-settings';

/** The limits of a plan: environment, server, pooler and your pool options. */
export interface Limits {
  /** The environment, which gives defaults and the range of sizes. Default `production`. */
  readonly environment?: Environment | undefined;
  /** Processes (instances, workers) with a pool each that share the load. Default 1. */
  readonly processes?: number | undefined;
  /** `max_connections` of the server. Default: by `neonComputeUnits`, else unknown. */
  readonly serverConnections?: number | undefined;
  /** Connections that the server reserves. Default 3 (`superuser_reserved_connections`), 7 on Neon. */
  readonly reservedConnections?: number | undefined;
  /** Connections of other clients: migrations, psql, other services. Default 0. */
  readonly otherConnections?: number | undefined;
  /** Connections of each process outside of its pool. Default 1, which pg-otel asks about slow operations with. */
  readonly extraConnections?: number | undefined;
  /** Size of the Neon compute; with autoscaling, the largest size. 0.25, 0.5 or a whole number from 1 to 56. */
  readonly neonComputeUnits?: number | undefined;
  /** Whether the server is Neon's. Default: true with `neonComputeUnits`. */
  readonly isNeon?: boolean | undefined;
  /** `transaction` for a pooler in transaction mode (PgBouncer, Neon's `-pooler` hosts). Default `none`. */
  readonly pooler?: 'none' | 'transaction' | undefined;
  /** Server connections of the pooler for this user and database. Default on Neon 0.9 × `max_connections`. */
  readonly poolerServerConnections?: number | undefined;
  /** Client connections that the pooler accepts. Default: 10,000 on Neon, else unknown. */
  readonly poolerClientConnections?: number | undefined;
  /** CPU cores of the server. */
  readonly cores?: number | undefined;
  /** The target for the p99 wait for a connection. Default 0.025, half of a fast query. */
  readonly targetWaitSeconds?: number | undefined;
  /** The least `max` of a process. Default: by environment. */
  readonly leastConnections?: number | undefined;
  /** The largest `max` of a process. Default: by environment. */
  readonly mostConnections?: number | undefined;
  /** The `application_name` of connections. */
  readonly serviceName?: string | undefined;
  /** Your pool options. They replace the planned ones, and the plan lists them. */
  readonly overrides?: PoolOverrides | undefined;
}

export const TARGET_WAIT_SECONDS = 0.025;

const CONNECTIONS: AcceptedNumber = { least: 1, most: 10_000, isWhole: true };
const COUNT: AcceptedNumber = { least: 0, most: 1_000_000, isWhole: true };

const NUMBERS = {
  processes: { least: 1, most: 1_000_000, isWhole: true },
  serverConnections: { ...COUNT, least: 1 },
  reservedConnections: COUNT,
  otherConnections: COUNT,
  extraConnections: COUNT,
  neonComputeUnits: { above: 0, most: NEON_CONNECTIONS.mostUnits },
  poolerServerConnections: { ...COUNT, least: 1 },
  poolerClientConnections: { ...COUNT, least: 1 },
  cores: { least: 0.01, most: 10_000 },
  targetWaitSeconds: { above: 0, most: 1e9 },
  leastConnections: CONNECTIONS,
  mostConnections: CONNECTIONS,
} as const;

const OTHERS = ['environment', 'isNeon', 'pooler', 'serviceName', 'overrides'];

/** @throws {PlanInputError} */
export function checkLimits(limits: Limits): void {
  checkNumbers(limits, NUMBERS, settingOf, OTHERS);
  checkOneOf('environment', ENVIRONMENTS, limits.environment);
  checkOneOf('pooler', ['none', 'transaction'], limits.pooler);
  checkOneOf('isNeon', [true, false], limits.isNeon);
  const { neonComputeUnits, leastConnections, mostConnections } = limits;
  if (neonComputeUnits !== undefined && neonMaxConnections(neonComputeUnits) === undefined) {
    const sizes = `0.25, 0.5 or a whole number from 1 to ${NEON_CONNECTIONS.mostUnits}`;
    throw new PlanInputError(settingOf('neonComputeUnits'), `must be ${sizes}, got ${neonComputeUnits}`);
  }
  if (leastConnections !== undefined && mostConnections !== undefined && leastConnections > mostConnections) {
    const sentence = `must be at most mostConnections, which is ${mostConnections}, got ${leastConnections}`;
    throw new PlanInputError(settingOf('leastConnections'), sentence);
  }
  const serviceName: unknown = limits.serviceName;
  if (serviceName !== undefined && typeof serviceName !== 'string') {
    throw new PlanInputError(settingOf('serviceName'), `must be a text, got ${shown(serviceName)}`);
  }
  if (limits.overrides !== undefined) checkOverrides(limits.overrides);
}

export function isNeonServer({ isNeon, neonComputeUnits }: Limits): boolean {
  return isNeon ?? neonComputeUnits !== undefined;
}

export function settingOf(name: string): Setting {
  return { name: `limits.${name}`, source: 'given in code' };
}

function checkOneOf(name: string, accepted: readonly unknown[], value: unknown): void {
  if (value === undefined || accepted.includes(value)) return;
  throw new PlanInputError(settingOf(name), `must be one of ${accepted.join(', ')}, got ${shown(value)}`);
}
