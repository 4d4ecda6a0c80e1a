import type { Config } from 'drizzle-kit';
import { readConnectionTarget, withoutPooler } from './connection-target';
import type { Environment } from './environments';
import { PlanInputError } from './input-error';
import { type EnvironmentVariables, fromEnv, read, readEnvironment } from './plan-from-env';

/** A `Config` of drizzle-kit for Postgres by URL. */
export type DrizzleConfig = Config & {
  readonly dialect: 'postgresql';
  readonly dbCredentials: { readonly url: string };
};

/** Settings of drizzle-kit's `Config`. They take precedence over the defaults. */
export type DrizzleSettings = Partial<
  Pick<
    Config,
    | 'schema'
    | 'out'
    | 'breakpoints'
    | 'verbose'
    | 'strict'
    | 'casing'
    | 'migrations'
    | 'entities'
    | 'introspect'
    | 'tablesFilter'
    | 'schemaFilter'
    | 'extensionsFilters'
  >
> & { readonly environment?: Environment | undefined };

interface Care {
  /** `push` asks before it changes anything. */
  readonly strict: boolean;
  /** `push` prints its statements. */
  readonly verbose: boolean;
  /** Generated files have breakpoints between statements. Most are generated in development. */
  readonly breakpoints: boolean;
}

const STRICT: Care = { strict: true, verbose: true, breakpoints: true };
const RELAXED: Care = { strict: false, verbose: false, breakpoints: true };

const CARE: Readonly<Record<Environment, Care>> = {
  production: STRICT,
  serverless: STRICT,
  staging: { strict: false, verbose: true, breakpoints: true },
  development: RELAXED,
  test: RELAXED,
};

/**
 * Returns the configuration for `drizzle.config.ts`: migrations use `DATABASE_URL_UNPOOLED`, and the environment sets
 * `strict` and `verbose`.
 *
 * Without `DATABASE_URL_UNPOOLED`, `DATABASE_URL` is used. In both, `-pooler` is removed from a Neon host, with a process
 * warning (`PG_OTEL_UNPOOLED_DERIVED`). Any other pooler in `DATABASE_URL` is an error.
 *
 * @param env `process.env`
 * @param settings `schema`, `out` and other settings, which take precedence. The default of `out` is drizzle-kit's own.
 * @throws {PlanInputError} when there is no direct connection string, or a variable is not accepted. The message never
 *   contains a connection string.
 * @example
 * // drizzle.config.ts
 * export default drizzleConfig(process.env, { schema: './src/schema.ts', out: './drizzle' });
 */
export function drizzleConfig(env: EnvironmentVariables, settings: DrizzleSettings = {}): DrizzleConfig {
  const { environment = readEnvironment(env).is, ...own } = settings;
  if (!Object.hasOwn(CARE, environment)) {
    const sentence = `must be one of ${Object.keys(CARE).join(', ')}, got "${environment}"`;
    throw new PlanInputError({ name: 'settings.environment', source: 'given in code' }, sentence);
  }
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { dialect: 'postgresql', ...CARE[environment], ...given, dbCredentials: { url: directUrl(env) } };
}

function directUrl(env: EnvironmentVariables): string {
  const unpooled = read(env, 'DATABASE_URL_UNPOOLED');
  const name = unpooled === undefined ? 'DATABASE_URL' : 'DATABASE_URL_UNPOOLED';
  const text = unpooled ?? read(env, 'DATABASE_URL');
  if (text === undefined) {
    const sentence = 'must be set, or DATABASE_URL to a direct connection, got neither';
    throw new PlanInputError(fromEnv('DATABASE_URL_UNPOOLED'), sentence);
  }
  const { isNeon, pooledBy } = readConnectionTarget(fromEnv(name), text);
  const direct = withoutPooler(text);
  if (isNeon && direct !== text) {
    process.emitWarning(
      unpooled === undefined
        ? 'DATABASE_URL_UNPOOLED is not set: migrations go to the host of DATABASE_URL without -pooler. Set it to Neon’s direct connection string.'
        : 'DATABASE_URL_UNPOOLED is a pooled connection string: migrations go to its host without -pooler.',
      { code: 'PG_OTEL_UNPOOLED_DERIVED' },
    );
    return direct;
  }
  // DATABASE_URL_UNPOOLED may have the port of a pooler: migrations work through a pooler in session mode.
  if (pooledBy !== undefined && unpooled === undefined) {
    const sentence = `must be set to a direct connection: DATABASE_URL goes through a pooler, by ${pooledBy}, where migrations fail or hold locks of other sessions; got nothing`;
    throw new PlanInputError(fromEnv('DATABASE_URL_UNPOOLED'), sentence);
  }
  return text;
}
