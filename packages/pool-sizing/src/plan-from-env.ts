import { parseNumber } from './accepted-number';
import { type ConnectionTarget, readConnectionTarget } from './connection-target';
import { type Environment, NODE_ENVIRONMENTS } from './environments';
import type { Note, Warning } from './explanation';
import { PlanInputError, type Setting, shown } from './input-error';
import type { Limits } from './limits';
import { ACCEPTED_LOAD, type Load } from './load';
import { type Plan, plan } from './plan';

/** Environment variables, as in `process.env`. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Values that the variables do not contain, or that replace them. */
export interface PlanOptions {
  readonly load?: Load | undefined;
  readonly limits?: Limits | undefined;
}

const LOAD_VARIABLES = {
  users: 'EXPECTED_CONCURRENT_USERS',
  queriesPerUser: 'AVG_QUERIES_PER_USER',
  peakRequestsPerSecond: 'PEAK_RPS',
} as const satisfies { readonly [Name in keyof Load]?: string };

/** Variables that serverless platforms set, and their documentation. */
const SERVERLESS_VARIABLES: Readonly<Record<string, string>> = {
  AWS_LAMBDA_FUNCTION_NAME: 'AWS Lambda',
  VERCEL: 'Vercel',
  NETLIFY: 'Netlify',
  FUNCTION_TARGET: 'Google Cloud Functions',
  FUNCTIONS_WORKER_RUNTIME: 'Azure Functions',
};

/**
 * Plans a pool from environment variables: `DATABASE_URL`, `DATABASE_URL_UNPOOLED`, `EXPECTED_CONCURRENT_USERS`,
 * `AVG_QUERIES_PER_USER`, `PEAK_RPS` and `NODE_ENV`; also `APP_ENV=staging`, `OTEL_SERVICE_NAME`,
 * `PG_OTEL_DIAGNOSE` and the variables that serverless platforms set. An empty variable counts as absent.
 *
 * @param env `process.env`
 * @param options values that the variables do not contain, or that replace them
 * @throws {PlanInputError} (a RangeError) that names the variable, the value (never a connection string), the accepted
 *   values and the source
 * @see docs/reference/pool-sizing.md, the table of variables
 * @example
 * const plan = planFromEnv(process.env, { limits: { processes: 4, serverConnections: 100 } });
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, ...plan.pool });
 * for (const { message } of plan.warnings) console.warn(message);
 */
export function planFromEnv(env: EnvironmentVariables, options: PlanOptions = {}): Plan {
  const ownLoad = present(options.load ?? {});
  const ownLimits = present(options.limits ?? {});
  const fromEnvironment = readLoad(env, ownLoad);
  const load: Load = { ...fromEnvironment, ...ownLoad };

  const target = readTarget(env, 'DATABASE_URL');
  const unpooled = readTarget(env, 'DATABASE_URL_UNPOOLED');
  const used = target ?? unpooled;
  const environment = ownLimits.environment ?? readEnvironment(env);
  const serviceName = read(env, 'OTEL_SERVICE_NAME');
  const limits: Limits = {
    ...(used?.isNeon && { isNeon: true }),
    ...(used?.pooledBy !== undefined && { pooler: 'transaction' }),
    ...(serviceName !== undefined && { serviceName }),
    ...(['off', 'false'].includes(read(env, 'PG_OTEL_DIAGNOSE') ?? '') && { extraConnections: 0 }),
    ...ownLimits,
    environment: typeof environment === 'object' ? environment.is : environment,
  };

  const settingOf = (name: string): Setting => {
    const variable = LOAD_VARIABLES[name as keyof typeof LOAD_VARIABLES];
    return name in fromEnvironment && variable !== undefined && !(name in ownLoad)
      ? fromEnv(variable)
      : { name: `load.${name}`, source: 'given in code' };
  };
  const because = typeof environment === 'object' ? environment.because : 'as set by limits.environment';
  const reasons: Note[] = [
    { code: 'environment-name', message: `${limits.environment}, ${because}` },
    ...targetReasons(used, limits),
  ];
  return plan(load, limits, settingOf, { reasons, warnings: targetWarnings(used, unpooled, limits) });
}

function readLoad(env: EnvironmentVariables, own: Load): Load {
  const entries = Object.entries(LOAD_VARIABLES).flatMap(([name, variable]) => {
    const text = read(env, variable);
    if (text === undefined || name in own) return [];
    return [[name, parseNumber(fromEnv(variable), ACCEPTED_LOAD[name as keyof Load], text)]];
  });
  return Object.fromEntries(entries);
}

/** @throws {PlanInputError} */
export function readEnvironment(env: EnvironmentVariables): { is: Environment; because: string } {
  const name = read(env, 'NODE_ENV');
  const named = NODE_ENVIRONMENTS.find((one) => one === name);
  if (name !== undefined && named === undefined) {
    const accepted = NODE_ENVIRONMENTS.join(', ');
    throw new PlanInputError(fromEnv('NODE_ENV'), `must be one of ${accepted}, got ${shown(name)}`);
  }
  // development and test take precedence: local tools of serverless platforms set the variables of the platform, too.
  if (named === 'development' || named === 'test') return { is: named, because: 'as set by NODE_ENV' };
  for (const [variable, platform] of Object.entries(SERVERLESS_VARIABLES)) {
    if (read(env, variable) !== undefined) {
      return { is: 'serverless', because: `as ${variable} is set (${platform})` };
    }
  }
  // A separate variable, because frameworks set NODE_ENV=production in every build.
  if (read(env, 'APP_ENV') === 'staging') return { is: 'staging', because: 'as set by APP_ENV' };
  return named === undefined
    ? { is: 'development', because: 'as NODE_ENV is not set' }
    : { is: named, because: 'as set by NODE_ENV' };
}

function readTarget(env: EnvironmentVariables, variable: string): ConnectionTarget | undefined {
  const text = read(env, variable);
  return text === undefined ? undefined : readConnectionTarget(fromEnv(variable), text);
}

function targetReasons(used: ConnectionTarget | undefined, limits: Limits): Note[] {
  const notes: Note[] = [];
  if (used?.isNeon) notes.push({ code: 'neon-host', message: 'the server is Neon’s, by its host name' });
  if (used?.pooledBy !== undefined && limits.pooler === 'transaction') {
    const message = `a pooler in transaction mode is in between, by ${used.pooledBy}; if not, set limits.pooler to none`;
    notes.push({ code: 'pooler', message });
  }
  return notes;
}

function targetWarnings(
  used: ConnectionTarget | undefined,
  unpooled: ConnectionTarget | undefined,
  limits: Limits,
): Warning[] {
  const warnings: Warning[] = [];
  if (used !== undefined && limits.pooler === 'transaction' && used.sessionSettings.length > 0) {
    const message = `DATABASE_URL itself sets ${used.sessionSettings.join(', ')}, which a pooler in transaction mode refuses at startup or hands to other clients; take it out, and use ALTER ROLE … SET`;
    warnings.push({ code: 'url-startup-parameters', message, figures: {} });
  }
  if (unpooled?.pooledBy !== undefined) {
    const message = `DATABASE_URL_UNPOOLED goes through a pooler, by ${unpooled.pooledBy}: migrations need a direct connection`;
    warnings.push({ code: 'unpooled-is-pooled', message, figures: {} });
  }
  return warnings;
}

/** An empty variable counts as absent, as in OpenTelemetry: `NAME=${UNSET}` leaves one. */
export function read(env: EnvironmentVariables, variable: string): string | undefined {
  const text = env[variable]?.trim();
  return text === '' ? undefined : text;
}

export function fromEnv(name: string): Setting {
  return { name, source: 'from the environment' };
}

/** Without `undefined` values, which must not hide a value of the environment. */
function present<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
