import type { NeededStep, SizeStep } from './choose-size';
import { MAX_UTILISATION } from './connections-needed';
import { isNeonServer } from './limits';
import { arrivalRates, demandOf, GUESSED_USE_TIME_SECONDS, type RateSource } from './load';
import { NEON_CONNECTIONS } from './neon';
import type { Bound, Decision, Plan, PlannedLoad } from './plan';
import { roleSetting, startupParameters } from './startup-parameters';
import { expectedP99, ROUNDING } from './waits';
import { inWords, isInterval, rounded } from './wording';

/** A reason for a value in the plan. */
export interface Note {
  /** For programs; the codes are listed in docs/reference/pool-sizing.md. */
  readonly code: string;
  readonly message: string;
}

/** A problem that the plan may cause or cannot solve. */
export interface Warning extends Note {
  /** The numbers of the message. */
  readonly figures: Readonly<Record<string, number | 'saturated'>>;
}

const REMEDIES: { readonly [Name in Bound]?: string } = {
  cpu: 'more connections do not help: shorten the CPU time of queries or give the server more cores',
  environment: 'give this environment more (limits.mostConnections), or expect this wait there',
  override: 'raise your max',
  server: 'take a larger server or a pooler, or shorten queries',
};

type Decided = Omit<Plan, 'reasons' | 'warnings'>;

/** The default `max_connections` of Postgres without the reserved connections. */
const USUAL_BUDGET = 97;

const RATE_NAMES: Record<RateSource, string> = {
  users: 'users × queries per user',
  requests: 'requests × queries per request',
  checkouts: 'measured checkouts',
};

export function reasonsOf(plan: Decided, decision: Decision): Note[] {
  return [
    ...rateReason(decision),
    ...decision.steps.map((step) => stepReason(step, plan, decision)),
    ...serverReason(plan, decision),
    ...figuresReason(plan, decision),
    ...plan.overrides.map(({ name, value, insteadOf }) => ({
      code: 'override',
      message: `${name} is ${value} as you set it${insteadOf === null ? '' : `, instead of ${insteadOf}`}`,
    })),
  ];
}

export function warningsOf(plan: Decided, decision: Decision): Warning[] {
  return [
    ...loadWarnings(plan, decision),
    ...targetWarning(plan, decision),
    ...cpuWarnings(plan, decision),
    ...fleetWarnings(plan, decision),
    ...poolerWarnings(plan, decision),
  ];
}

function rateReason({ given }: Decision): Note[] {
  const [first, ...others] = arrivalRates(given);
  if (first === undefined) return [];
  const rest = others.map(({ of, perSecond }) => `${RATE_NAMES[of]}: ${rounded(perSecond)}/s`);
  const smaller = rest.length === 0 ? '' : `, the largest of what is known (${rest.join(', ')})`;
  const message = `${rounded(first.perSecond)} checkouts/s for the whole fleet from ${RATE_NAMES[first.of]}${smaller}`;
  return [{ code: 'rate', message }];
}

function stepReason(step: SizeStep, { load, environment }: Decided, { server }: Decision): Note {
  const { connections } = step;
  switch (step.by) {
    case 'request': {
      const message = `a function asks for ${connections} at once; it serves one request at a time`;
      return { code: 'needed', message };
    }
    case 'wait':
    case 'utilisation':
      return { code: 'needed', message: neededMessage(step, load as PlannedLoad) };
    case 'cpu': {
      const message = `more than ${connections} connections buy nothing: the cores are busy with ${rounded(step.knee)}`;
      return { code: 'cpu', message };
    }
    case 'environment':
      return { code: 'environment', message: `${environment} has ${connections}` };
    case 'environment-least':
      return { code: 'environment-least', message: leastMessage(step, environment) };
    case 'environment-most':
      return { code: 'environment-most', message: `lowered to ${connections}, the most of ${environment}` };
    case 'server': {
      const message = `lowered to ${connections}, this process’s share: ${server.explained}`;
      return { code: 'server', message };
    }
  }
}

function neededMessage({ by, connections }: NeededStep, load: PlannedLoad): string {
  const batches = load.batchSize > 1 ? `, ${load.batchSize} asked for at once` : '';
  const law =
    by === 'wait'
      ? `the fewest with a p99 wait within ${inWords(load.targetWaitSeconds)}`
      : `the fewest with a utilisation within ${MAX_UTILISATION}`;
  return `needs ${connections}: ${law}, at ${rounded(load.offeredLoad)} erlangs${batches}`;
}

function leastMessage(
  { connections, because }: Extract<SizeStep, { by: 'environment-least' }>,
  environment: string,
): string {
  const least = `the least of ${environment}`;
  if (because === 'unknown load') return `${connections}, ${least}, as the load is not known`;
  return `${because === 'cores' ? 'kept at' : 'raised to'} ${connections}, ${least}`;
}

function serverReason({ environment }: Decided, { steps, server, limits }: Decision): Note[] {
  const notes: Note[] = [];
  if (server.share !== undefined && steps.at(-1)?.by !== 'server') {
    notes.push({ code: 'server-share', message: `within the share of ${server.share}: ${server.explained}` });
  }
  if (isNeonServer(limits) && limits.neonComputeUnits !== undefined) {
    const { source, date } = NEON_CONNECTIONS;
    const message = `max_connections of ${limits.neonComputeUnits} CU after ${source} (${date})`;
    notes.push({ code: 'neon', message });
  }
  if (environment === 'serverless') {
    const message = `a function that runs single statements on Neon may do without a pool: SQL over HTTP (neon() of @neondatabase/serverless)`;
    notes.push({ code: 'http', message });
  }
  return notes;
}

function figuresReason({ load }: Decided, { knee }: Decision): Note[] {
  if (load === null) return [];
  const notes: Note[] = [];
  if (isInterval(load.p99WaitSeconds)) {
    const why = load.isUseTimeMeasured
      ? 'utilisation is above 0.7, times vary unlike exponential ones, or cores are short: a few percent in the use time decide'
      : 'the use time is not measured';
    const message = `p99 wait is ${inWords(load.p99WaitSeconds)}, not one number: ${why}`;
    notes.push({ code: 'interval', message });
  }
  if (knee === undefined) {
    const message =
      'the ceiling of connections / use time holds as long as the use time does not rise with the pool: it does ' +
      'when the server’s cores or locks are what is short (give cores and CPU time per checkout, watch the use time)';
    notes.push({ code: 'ceiling', message });
  } else {
    const message =
      'waits are of use times that rise while more connections in use share the cores; waiting for locks is not in them';
    notes.push({ code: 'cores-shared', message });
  }
  return notes;
}

function loadWarnings({ load, environment, fleet }: Decided, { given, limits }: Decision): Warning[] {
  const warnings: Warning[] = [];
  const rates = arrivalRates(given);
  if (rates.length === 0 && environment === 'production') {
    const message =
      'the load is not known: give EXPECTED_CONCURRENT_USERS, PEAK_RPS or measured checkouts (the size is the least of the environment)';
    warnings.push({ code: 'load-unknown', message, figures: {} });
  }
  if (environment === 'serverless' && limits.processes === undefined) {
    const message = `the number of instances is not known: each opens up to ${fleet.connections}; give processes to have the sum and the waits computed`;
    warnings.push({ code: 'instances-unknown', message, figures: { max: fleet.connections } });
  }
  if (load !== null && !load.isUseTimeMeasured) {
    const message = `the use time of ${inWords(GUESSED_USE_TIME_SECONDS)} is a guess, and all figures hang on it: measure db.client.connection.use_time`;
    warnings.push({
      code: 'use-time-guessed',
      message,
      figures: { useTimeSeconds: GUESSED_USE_TIME_SECONDS },
    });
  }
  if (load !== null && rates[0]?.of === 'users' && rates[0].perSecond > 0) {
    const { userWindowSeconds = 60 } = given;
    const message = `the rate is a mean over ${rounded(userWindowSeconds)} s: in bursts within it the wait is far longer; give the peak over seconds (PEAK_RPS)`;
    warnings.push({ code: 'mean-rate', message, figures: { userWindowSeconds } });
  }
  return [...warnings, ...withoutEffect(given, limits)];
}

function withoutEffect(given: Decision['given'], limits: Decision['limits']): Warning[] {
  const pairs = [
    ['queriesPerUser', given.queriesPerUser, 'users (EXPECTED_CONCURRENT_USERS)', given.users],
    ['cpuSecondsPerCheckout', given.cpuSecondsPerCheckout, 'cores', limits.cores],
    ['cores', limits.cores, 'cpuSecondsPerCheckout', given.cpuSecondsPerCheckout],
  ] as const;
  return pairs.flatMap(([name, value, other, otherValue]) =>
    value === undefined || otherValue !== undefined
      ? []
      : [
          {
            code: 'without-effect',
            message: `${name} has no effect without ${other}`,
            figures: { [name]: value },
          },
        ],
  );
}

function targetWarning(plan: Decided, { needed, given, limits }: Decision): Warning[] {
  const { load, pool, fleet } = plan;
  if (load === null || needed === undefined || pool.max >= needed.connections) return [];
  const p99WaitSeconds = expectedP99(pool.max, demandOf(given, limits, load.checkoutsPerSecond));
  const remedy = REMEDIES[plan.bound] ?? 'add a process, shorten queries or raise the ceiling';
  const message =
    `needs ${needed.connections}, has ${pool.max}: p99 wait ${inWords(p99WaitSeconds)} (target ` +
    `${inWords(load.targetWaitSeconds)}), utilisation ${rounded(load.utilisation)} (at most ${MAX_UTILISATION}); ${remedy}`;
  return [
    {
      code: 'target-missed',
      message,
      figures: {
        needed: needed.connections,
        max: pool.max,
        p99WaitSeconds,
        targetWaitSeconds: load.targetWaitSeconds,
        utilisation: load.utilisation,
        processes: fleet.processes,
      },
    },
  ];
}

function cpuWarnings({ load, pool }: Decided, decision: Decision): Warning[] {
  const { knee } = decision;
  if (knee === undefined) return [];
  const warnings: Warning[] = load === null ? [] : cpuWaitWarning(load, pool.max, decision);
  if (load !== null && load.checkoutsPerSecond > knee.checkoutsPerSecond * MAX_UTILISATION * (1 + ROUNDING)) {
    const share = load.checkoutsPerSecond / knee.checkoutsPerSecond;
    const message = `the load takes ${rounded(share * 100)} % of the server’s cores: the use time rises with it, regardless of the pool`;
    warnings.push({ code: 'cpu-busy', message, figures: { cpuUtilisation: share } });
  }
  if (pool.max > knee.ceiling) {
    const message = `${pool.max} connections are more than the ${knee.ceiling} that the server’s cores can use (knee ${rounded(knee.connections)}): under load they wait in the server instead of the pool`;
    warnings.push({
      code: 'past-knee',
      message,
      figures: { max: pool.max, ceiling: knee.ceiling, knee: knee.connections },
    });
  }
  return warnings;
}

/** The size is computed from the given use times. This warns when a lack of cores makes them too long. */
function cpuWaitWarning(load: PlannedLoad, max: number, { needed, given, limits }: Decision): Warning[] {
  if (needed === undefined || max < needed.connections) return [];
  const { targetWaitSeconds } = load;
  const p99WaitSeconds = expectedP99(max, demandOf(given, limits, load.checkoutsPerSecond));
  if (p99WaitSeconds !== 'saturated' && p99WaitSeconds <= targetWaitSeconds * (1 + ROUNDING)) return [];
  const message =
    `the cores make checkouts wait: p99 wait ${inWords(p99WaitSeconds)} (target ${inWords(targetWaitSeconds)}), where ` +
    `${needed.connections} connections would do if use times did not rise; ${REMEDIES.cpu}`;
  return [{ code: 'cpu-wait', message, figures: { max, p99WaitSeconds, targetWaitSeconds } }];
}

function fleetWarnings({ fleet, pool }: Decided, { server, steps, limits }: Decision): Warning[] {
  const { processes, connections } = fleet;
  const { budget, share } = server;
  const isPooled = limits.pooler === 'transaction';
  const warnings: Warning[] = [];
  if (budget === undefined && !isPooled && connections > USUAL_BUDGET) {
    const message = `${processes} × ${pool.max} = ${connections} connections, and max_connections of the server is not known: a Postgres as it is shipped has ${USUAL_BUDGET} for everybody`;
    warnings.push({ code: 'server-unknown', message, figures: { processes, max: pool.max, connections } });
  }
  const lowered = steps.find((step) => step.by === 'server');
  if (lowered !== undefined) {
    const { connections: left, insteadOf: wanted } = lowered;
    const sum = processes * wanted;
    const message = `${processes} × ${wanted} = ${sum} connections do not fit: ${server.explained} leaves ${left} to each process`;
    warnings.push({
      code: 'fleet-does-not-fit',
      message,
      figures: { processes, wanted, connections: sum, share: left, ...(budget !== undefined && { budget }) },
    });
  }
  if (share !== undefined && pool.max > share) {
    const what = isPooled ? 'they wait in the pooler, or it refuses them' : 'the server refuses those beyond';
    const message = `max ${pool.max} as you set it is above the share of ${share} (${processes} × ${pool.max} = ${connections}): ${what}`;
    warnings.push({
      code: 'override-above-share',
      message,
      figures: { processes, max: pool.max, connections, share },
    });
  }
  if (isPooled && budget !== undefined && processes > budget) {
    const message = `${processes} processes share ${budget} server connections of the pooler: no more run at once, the others wait in the pooler, where no pool sees them`;
    warnings.push({ code: 'pooler-queue', message, figures: { processes, budget } });
  }
  return warnings;
}

function poolerWarnings({ pool, overrides }: Decided, { limits, leftOut }: Decision): Warning[] {
  if (limits.pooler !== 'transaction') return [];
  const warnings: Warning[] = [];
  if (leftOut.length > 0) {
    const names = leftOut.map(({ name }) => name).join(', ');
    const instead = leftOut.map(({ name, milliseconds }) => roleSetting(name, milliseconds)).join('; ');
    const message = `left out behind a pooler in transaction mode: ${names}; as startup parameters they are refused, or reach other clients. Instead: ${instead}. The same goes for lock_timeout, options and search_path`;
    const figures = Object.fromEntries(leftOut.map(({ name, milliseconds }) => [name, milliseconds]));
    warnings.push({ code: 'startup-parameters', message, figures });
  }
  const forced = startupParameters(pool).filter((name) => overrides.some((one) => one.name === name));
  if (forced.length > 0) {
    const instead = forced.map((name) => roleSetting(name, pool[name] as number)).join('; ');
    const message = `you set ${forced.join(', ')}, which a pooler in transaction mode refuses at startup or hands to other clients; instead: ${instead}`;
    const figures = Object.fromEntries(forced.map((name) => [name, pool[name] as number]));
    warnings.push({ code: 'startup-parameters-set', message, figures });
  }
  return warnings;
}
