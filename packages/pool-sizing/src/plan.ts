import { chooseSize, type NeededStep, type SizeRange, type SizeStep } from './choose-size';
import { connectionsNeeded } from './connections-needed';
import { type CpuKnee, cpuKnee } from './cpu-knee';
import { DEFAULTS, type Environment, NEON_COLD_START_MILLIS } from './environments';
import { type Note, reasonsOf, type Warning, warningsOf } from './explanation';
import { PlanInputError, type Setting } from './input-error';
import { checkLimits, isNeonServer, type Limits, TARGET_WAIT_SECONDS } from './limits';
import { arrivalRates, batchSizeOf, checkLoad, type Demand, demandOf, type Load } from './load';
import type { PoolSettings } from './pool-settings';
import { type ServerShare, serverShare } from './server-share';
import { type StartupParameter, startupParameters } from './startup-parameters';
import { type Interval, offeredLoad, type WaitFigure, waitsAt } from './waits';

/** The rule that decided the size. */
export type Bound =
  /** the p99 wait for a connection */
  | 'wait'
  /** at most 80 % of the connections in use */
  | 'utilisation'
  /** the connections that one request of a function requires at once */
  | 'request'
  /** the connections that the server's cores can use */
  | 'cpu'
  /** a size that the environment fixes */
  | 'environment'
  | 'environment-least'
  | 'environment-most'
  /** the share of the connections that the server or the pooler accepts */
  | 'server'
  | 'override';

/** A pool configuration with its reasons. It is plain data without passwords, which `JSON.stringify` can serialize. */
export interface Plan {
  readonly environment: Environment;
  /** Options for `pg`: `new Pool({ connectionString, ...plan.pool })`. */
  readonly pool: PoolSettings;
  /** The rule that decided `pool.max`. */
  readonly bound: Bound;
  readonly connections: {
    /** Connections that the load needs; null when the load is unknown. */
    readonly needed: number | null;
    readonly least: number;
    readonly most: number;
    /** Connections that the server leaves to this process; null when unknown. */
    readonly share: number | null;
    /** Connections that keep the server's cores busy; null when the cores are unknown. */
    readonly knee: number | null;
  };
  readonly fleet: {
    readonly processes: number;
    /** `pool.max` of all processes together. */
    readonly connections: number;
    /** Connections that the server leaves to all processes; null when unknown. */
    readonly budget: number | null;
  };
  /** The expected load of one process; null when the load or the number of processes is unknown. */
  readonly load: PlannedLoad | null;
  /** Your values, with the planned values they replaced. */
  readonly overrides: readonly Override[];
  readonly reasons: readonly Note[];
  readonly warnings: readonly Warning[];
}

/** The expected load and waits of one process with `pool.max` connections. */
export interface PlannedLoad {
  readonly checkoutsPerSecond: number;
  readonly useTimeSeconds: number;
  readonly isUseTimeMeasured: boolean;
  /** Checkouts that arrive at the same time. */
  readonly batchSize: number;
  /** Erlangs: connections in use on average. */
  readonly offeredLoad: number;
  /** Offered load divided by the number of connections. From 1 on, the pool is saturated. */
  readonly utilisation: number;
  readonly waitProbability: number | Interval;
  readonly meanWaitSeconds: WaitFigure;
  readonly p99WaitSeconds: WaitFigure;
  readonly targetWaitSeconds: number;
  readonly ceiling: {
    readonly checkoutsPerSecond: number;
    readonly boundBy: 'connections' | 'cpu' | 'server';
  };
  /** The ceiling as a multiple of the given load; null without load. */
  readonly headroom: number | null;
}

/** A setting that applies in place of the planned one. */
export interface Override {
  readonly name: keyof PoolSettings;
  readonly value: number | boolean | string;
  /** The planned value; null for none. */
  readonly insteadOf: number | boolean | string | null;
}

/** The inputs and intermediate results of a plan, for its reasons and warnings. */
export interface Decision {
  readonly given: Load;
  readonly limits: Limits;
  readonly environment: Environment;
  readonly server: ServerShare;
  readonly knee: CpuKnee | undefined;
  readonly needed: NeededStep | undefined;
  /** The rules that set the size, before any override. */
  readonly steps: readonly SizeStep[];
  readonly leftOut: readonly { readonly name: StartupParameter; readonly milliseconds: number }[];
}

/**
 * Plans a pool from explicit figures, such as measured ones. The same figures always give the same plan.
 *
 * @param load the load of the whole fleet at its peak over seconds; `{}` when unknown
 * @param limits environment, processes, server, pooler, cores, and your own pool options
 * @throws {PlanInputError} (a RangeError) that names the setting, the value and the accepted values; also when the
 *   server has fewer connections than there are processes
 * @see docs/reference/pool-sizing.md
 * @example
 * const plan = planPool(
 *   { peakRequestsPerSecond: 300, queriesPerRequest: 4, useTimeSeconds: 0.012 },
 *   { processes: 2, serverConnections: 100 },
 * );
 * new Pool({ connectionString: process.env.DATABASE_URL, ...plan.pool });
 */
export function planPool(load: Load, limits: Limits = {}): Plan {
  return plan(load, limits, (name) => ({ name: `load.${name}`, source: 'given in code' }));
}

/** Like `planPool`, with the names of settings for error messages, and with earlier reasons and warnings. */
export function plan(
  given: Load,
  limits: Limits,
  loadSetting: (name: string) => Setting,
  before: { readonly reasons: readonly Note[]; readonly warnings: readonly Warning[] } = {
    reasons: [],
    warnings: [],
  },
): Plan {
  checkLoad(given, loadSetting);
  checkLimits(limits);
  const { environment = 'production', processes = 1, targetWaitSeconds = TARGET_WAIT_SECONDS } = limits;

  const rate = arrivalRates(given)[0]?.perSecond;
  // Instances of a function come and go: without their number, the share of each is unknown.
  const isShareKnown = environment !== 'serverless' || limits.processes !== undefined;
  const demand = rate === undefined || !isShareKnown ? undefined : demandOf(given, limits, rate / processes);
  const server = serverShare(limits);
  const knee = cpuKnee(given, limits);
  const range = rangeOf(environment, limits);
  const needed: NeededStep | undefined =
    demand !== undefined
      ? connectionsNeeded(demand, targetWaitSeconds)
      : environment === 'serverless'
        ? { by: 'request', connections: batchSizeOf(given) }
        : undefined;

  const steps = chooseSize(needed, knee, range, server);
  const chosen = steps.at(-1) ?? steps[0];
  const max = limits.overrides?.max ?? chosen.connections;
  const bound = limits.overrides?.max === undefined ? chosen.by : 'override';
  const { pool, overrides, leftOut } = settings(environment, limits, chosen.connections);
  const decision: Decision = {
    given,
    limits,
    environment,
    server,
    knee,
    needed,
    steps,
    leftOut,
  };

  const decided: Omit<Plan, 'reasons' | 'warnings'> = {
    environment,
    pool,
    bound,
    connections: {
      needed: needed?.connections ?? null,
      ...range,
      share: server.share ?? null,
      knee: knee?.connections ?? null,
    },
    fleet: { processes, connections: processes * max, budget: server.budget ?? null },
    load: demand === undefined ? null : plannedLoad(demand, max, targetWaitSeconds, decision),
    overrides,
  };
  return {
    ...decided,
    reasons: [...before.reasons, ...reasonsOf(decided, decision)],
    warnings: [...before.warnings, ...warningsOf(decided, decision)],
  };
}

function rangeOf(environment: Environment, limits: Limits): SizeRange {
  const { leastConnections, mostConnections } = DEFAULTS[environment];
  const least =
    limits.leastConnections ?? Math.min(leastConnections, limits.mostConnections ?? leastConnections);
  const most = limits.mostConnections ?? Math.max(mostConnections, least);
  return { least, most };
}

function settings(
  environment: Environment,
  limits: Limits,
  planned: number,
): Pick<Plan, 'pool' | 'overrides'> & Pick<Decision, 'leftOut'> {
  const given = Object.entries(limits.overrides ?? {}).filter(([, value]) => value !== undefined);
  const own: Partial<PoolSettings> = Object.fromEntries(given);
  const max = own.max ?? planned;
  const defaults: PoolSettings = {
    max: planned,
    ...DEFAULTS[environment].settings,
    min: Math.min(DEFAULTS[environment].settings.min, max),
    ...(environment === 'serverless' &&
      isNeonServer(limits) && { connectionTimeoutMillis: NEON_COLD_START_MILLIS }),
    ...(limits.serviceName !== undefined && { application_name: limits.serviceName }),
  };
  if (own.min !== undefined && own.min > max) {
    const setting: Setting = { name: 'limits.overrides.min', source: 'given in code' };
    throw new PlanInputError(setting, `must be at most max, which is ${max}, got ${own.min}`);
  }
  const sent = limits.pooler === 'transaction' ? startupParameters(defaults) : [];
  const leftOut = sent.map((name) => ({ name, milliseconds: defaults[name] as number }));
  const kept = Object.entries(defaults).filter(([name]) => !sent.some((one) => one === name));
  const overrides = Object.entries(own).map(([name, value]) => ({
    name: name as keyof PoolSettings,
    value,
    insteadOf: defaults[name as keyof PoolSettings] ?? null,
  }));
  return { pool: { ...(Object.fromEntries(kept) as unknown as PoolSettings), ...own }, overrides, leftOut };
}

function plannedLoad(
  demand: Demand,
  connections: number,
  targetWaitSeconds: number,
  { knee, server, limits }: Decision,
): PlannedLoad {
  const { checkoutsPerSecond, useTimeSeconds, isUseTimeMeasured, batchSize } = demand;
  const offered = offeredLoad(demand);
  const waits = waitsAt(connections, demand);
  const ceilings: PlannedLoad['ceiling'][] = [
    { checkoutsPerSecond: connections / useTimeSeconds, boundBy: 'connections' },
  ];
  if (knee !== undefined) ceilings.push({ checkoutsPerSecond: knee.checkoutsPerSecond, boundBy: 'cpu' });
  if (server.budget !== undefined) {
    const each = server.budget / (limits.processes ?? 1);
    ceilings.push({ checkoutsPerSecond: each / useTimeSeconds, boundBy: 'server' });
  }
  const ceiling = ceilings.reduce((least, one) =>
    one.checkoutsPerSecond < least.checkoutsPerSecond ? one : least,
  );
  return {
    checkoutsPerSecond,
    useTimeSeconds,
    isUseTimeMeasured,
    batchSize,
    offeredLoad: offered,
    utilisation: offered / connections,
    waitProbability: waits.probability,
    meanWaitSeconds: waits.mean,
    p99WaitSeconds: waits.p99,
    targetWaitSeconds,
    ceiling,
    headroom:
      checkoutsPerSecond === 0
        ? null
        : Math.min(Number.MAX_VALUE, ceiling.checkoutsPerSecond / checkoutsPerSecond),
  };
}
