import type { Span } from '@opentelemetry/api';
import { messageWithoutSecrets } from './message';
import { nearest } from './nearest';
import { type WarningCode, warn } from './warnings';

/** What hooks and the `ignore` function are told of a query. */
export interface QueryInfo {
  /** As the application wrote it, cut at 8192 characters. */
  readonly text: string;
  /** `db.query.summary` */
  readonly summary: string;
  /** Bound values, as the application passed them. */
  readonly parameters: readonly unknown[] | undefined;
  /** `server.address` */
  readonly serverAddress: string;
  /** `server.port`; absent for a unix socket */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database */
  readonly namespace: string | undefined;
}

/** What a response hook is told beside the query. */
export interface ResponseInfo extends QueryInfo {
  /** What pg hands to the caller: a Result, or an array of them; absent for cursors, streams and failures. */
  readonly result: unknown;
  /** What pg rejects with; absent for success. */
  readonly error: unknown;
}

/**
 * Options of the instrumentation. Each may also be set by the environment variable named with it; an option given
 * in code wins. Functions can only be given in code.
 */
export interface PostgresInstrumentationConfig {
  /**
   * Whether it is enabled when it is made.
   * @default true
   */
  enabled?: boolean;
  /**
   * `db.query.text` on spans. `auto`: as written when at least one value is bound, with literals replaced by `?`
   * otherwise (semconv, database spans). `sanitized`: always with literals replaced. `off`: no text.
   * @default 'auto'
   * @env PG_OTEL_STATEMENT_TEXT
   */
  statementText?: 'auto' | 'sanitized' | 'off';
  /**
   * Bound values as `db.query.parameter.<index>` on spans. They are user data.
   * @default false
   * @env PG_OTEL_PARAMETERS
   */
  parameters?: boolean;
  /**
   * Characters of one bound value that are reported, 1 to 8192.
   * @default 100
   * @env PG_OTEL_PARAMETER_MAX_LENGTH
   */
  parameterMaxLength?: number;
  /**
   * Spans for `pool.connect`. `waited`: when the caller waited or a connection was opened for it. Whatever is
   * chosen, the wait is an attribute of the query's span and a value of `db.client.connection.wait_time`.
   * @default 'waited'
   * @env PG_OTEL_ACQUIRE_SPANS
   */
  acquireSpans?: 'waited' | 'always' | 'never';
  /**
   * Spans only where the caller's context has a span. Metrics and events are not affected.
   * @default false
   * @env PG_OTEL_REQUIRE_PARENT_SPAN
   */
  requireParentSpan?: boolean;
  /**
   * Queries that are not reported at all: a list of summaries (`['BEGIN', 'SELECT jobs']`), or a function that
   * returns true for them. A function that throws ignores nothing.
   * @default []
   * @env PG_OTEL_IGNORE summaries, separated by commas
   */
  ignore?: readonly string[] | ((query: QueryInfo) => boolean);
  /**
   * `db.client.connection.pool.name` by the name it would have (the database, `#2` and so on for further pools on
   * it), or a function of the pool that returns a name or nothing.
   * @default {}
   * @env PG_OTEL_POOL_NAMES as in `shop=orders,shop#2=reports`
   */
  poolNames?: Readonly<Record<string, string>> | ((pool: PoolInfo) => string | undefined);
  /**
   * The caller's trace as a comment behind the statement (sqlcommenter), for sampled spans. Never on named
   * statements, whose text has to stay equal, nor on cursors, streams and other objects with a `submit` method.
   * @default false
   * @env PG_OTEL_SQL_COMMENTS
   */
  sqlComments?: boolean;
  /**
   * Series of a metric that may carry a query summary of their own, 0 to 1900; the others carry `_OTHER`. Beyond
   * 2000 series in all the SDKs fold everything together.
   * @default 1800
   * @env PG_OTEL_SUMMARY_LIMIT
   */
  summaryLimit?: number;
  /**
   * The metric `db.client.response.returned_rows`, which the conventions make opt-in. `auto`: where readers have a
   * metric producer of this instrumentation, as `pg-otel/register` gives them, since there it costs next to nothing;
   * through the instruments of an SDK it would cost as much as the duration. The span attribute
   * `db.response.returned_rows` is not affected.
   * @default 'auto'
   * @env PG_OTEL_RETURNED_ROWS_METRIC
   */
  returnedRowsMetric?: 'auto' | 'always' | 'never';
  /**
   * `exception.message` on `db.client.operation.exception` events. Messages of the server may hold user data.
   * @default false
   * @env PG_OTEL_EXCEPTION_MESSAGES
   */
  exceptionMessages?: boolean;
  /**
   * Seconds after which an operation that still runs is told as `pg_otel.operation.slow`: up to 20 limits in ascending
   * order, each told for itself; `[]` for none. Time in which the event loop stood still is not counted.
   * @default [1, 5]
   * @env PG_OTEL_SLOW_AFTER as in `1,5`, or `none`
   */
  slowAfter?: readonly number[];
  /**
   * Limits of single pools (by `db.client.connection.pool.name`) or databases (by `db.namespace`) instead of
   * `slowAfter`. The pool's are looked for first.
   * @default {}
   */
  slowAfterOf?: SlowAfterOf;
  /**
   * Seconds after which a checked-out connection is reported as `pg_otel.connection.held`; `'none'` for never.
   * Connections that listen for notifications (LISTEN) are not.
   * @default 30
   * @env PG_OTEL_HELD_AFTER as in `30`, or `none`
   */
  heldAfter?: HeldAfter;
  /**
   * The same for single pools, by `db.client.connection.pool.name`, instead of `heldAfter`.
   * @default {}
   * @env PG_OTEL_HELD_AFTER_OF as in `reports=300,workers=none`
   */
  heldAfterOf?: Readonly<Record<string, HeldAfter>>;
  /**
   * Seconds after which what still is over its limit is told again.
   * @default 60
   * @env PG_OTEL_REPEAT_INTERVAL
   */
  repeatInterval?: number;
  /** Called with the span of a query when it starts. A hook that throws is told once to the diagnostic log. */
  requestHook?: (span: Span, query: QueryInfo) => void;
  /** Called with the span of a query before it ends. A hook that throws is told once to the diagnostic log. */
  responseHook?: (span: Span, response: ResponseInfo) => void;
}

/** Seconds, or never. */
export type HeldAfter = number | 'none';

/** Limits as `slowAfter` has them, by name. */
export interface SlowAfterOf {
  readonly pools?: Readonly<Record<string, readonly number[]>>;
  readonly databases?: Readonly<Record<string, readonly number[]>>;
}

/** What a `poolNames` function is told of a pool. */
export interface PoolInfo {
  /** The name it has if the function returns none. */
  readonly defaultName: string;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  readonly namespace: string | undefined;
  readonly user: string | undefined;
  readonly applicationName: string | undefined;
}

/** The options with every default in place. */
export type Configuration = Required<
  Omit<PostgresInstrumentationConfig, 'enabled' | 'requestHook' | 'responseHook'>
> &
  Pick<PostgresInstrumentationConfig, 'requestHook' | 'responseHook'>;

/** The limits after which events tell of what still runs or is held, in seconds. */
export type EventLimits = Pick<
  Configuration,
  'slowAfter' | 'slowAfterOf' | 'heldAfter' | 'heldAfterOf' | 'repeatInterval'
>;

interface Setting<Value> {
  readonly env?: string;
  readonly fallback: Value;
  readonly accepts: string;
  isAccepted(value: unknown): boolean;
  parse?(text: string): unknown;
}

const oneOf = <Value extends string>(env: string, fallback: Value, ...values: Value[]): Setting<Value> => ({
  env,
  fallback,
  accepts: values.map((value) => `"${value}"`).join(', '),
  isAccepted: (value) => values.includes(value as Value),
});

const flag = (env: string): Setting<boolean> => ({
  env,
  fallback: false,
  accepts: 'true or false',
  isAccepted: (value) => typeof value === 'boolean',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : text),
});

const count = (env: string, fallback: number, from: number, to: number): Setting<number> => ({
  env,
  fallback,
  accepts: `a whole number from ${from} to ${to}`,
  isAccepted: (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  parse: (text) => (/^\d+$/.test(text) ? Number(text) : text),
});

const MAX_LIMITS = 20;
const LIMITS = `up to ${MAX_LIMITS} numbers of seconds above 0, in ascending order`;

const isSeconds = (value: unknown): boolean =>
  typeof value === 'number' && value > 0 && Number.isFinite(value);

const areLimits = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= MAX_LIMITS &&
  value.every((limit, index) => isSeconds(limit) && (index === 0 || limit > value[index - 1]));

const secondsOf = (env: string, fallback: number): Setting<number> => ({
  env,
  fallback,
  accepts: 'a number of seconds above 0',
  isAccepted: isSeconds,
  parse: Number,
});

const hook: Setting<undefined> = {
  fallback: undefined,
  accepts: 'a function',
  isAccepted: (value) => typeof value === 'function',
};

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const listed = (text: string): string[] => text.split(',').map((item) => item.trim());
const isHeldAfter = (value: unknown): boolean => value === 'none' || isSeconds(value);
const heldAfterOf = (text: string): HeldAfter => (text === 'none' ? text : Number(text));

/** `shop=orders,reports=300`; `undefined` for anything else. */
function pairsOf(text: string): Record<string, string> | undefined {
  const pairs = listed(text).map((pair) => pair.split('='));
  const areNamed = pairs.every((pair) => pair.length === 2 && pair.every(isText));
  return areNamed ? (Object.fromEntries(pairs) as Record<string, string>) : undefined;
}

const SETTINGS: { readonly [Name in keyof Configuration]-?: Setting<Configuration[Name]> } = {
  statementText: oneOf('PG_OTEL_STATEMENT_TEXT', 'auto', 'auto', 'sanitized', 'off'),
  parameters: flag('PG_OTEL_PARAMETERS'),
  parameterMaxLength: count('PG_OTEL_PARAMETER_MAX_LENGTH', 100, 1, 8192),
  acquireSpans: oneOf('PG_OTEL_ACQUIRE_SPANS', 'waited', 'waited', 'always', 'never'),
  requireParentSpan: flag('PG_OTEL_REQUIRE_PARENT_SPAN'),
  ignore: {
    env: 'PG_OTEL_IGNORE',
    fallback: [],
    accepts: 'a list of query summaries such as ["BEGIN", "SELECT jobs"], or a function',
    isAccepted: (value) => typeof value === 'function' || (Array.isArray(value) && value.every(isText)),
    parse: listed,
  },
  poolNames: {
    env: 'PG_OTEL_POOL_NAMES',
    fallback: {},
    accepts:
      'names by default name such as { shop: "orders" } (in the environment: shop=orders), or a function',
    isAccepted: (value) =>
      typeof value === 'function' || (isRecord(value) && Object.values(value).every(isText)),
    parse: (text) => pairsOf(text) ?? text,
  },
  sqlComments: flag('PG_OTEL_SQL_COMMENTS'),
  summaryLimit: count('PG_OTEL_SUMMARY_LIMIT', 1800, 0, 1900),
  returnedRowsMetric: oneOf('PG_OTEL_RETURNED_ROWS_METRIC', 'auto', 'auto', 'always', 'never'),
  exceptionMessages: flag('PG_OTEL_EXCEPTION_MESSAGES'),
  slowAfter: {
    env: 'PG_OTEL_SLOW_AFTER',
    fallback: [1, 5],
    accepts: `${LIMITS}, such as [1, 5] (in the environment: 1,5), or none of them ([], none)`,
    isAccepted: areLimits,
    parse: (text) => (text === 'none' ? [] : listed(text).map((item) => (item === '' ? item : Number(item)))),
  },
  slowAfterOf: {
    fallback: {},
    accepts: `limits by name such as { pools: { reports: [30] }, databases: { archive: [10, 60] } }, each ${LIMITS}`,
    isAccepted: (value) =>
      isRecord(value) &&
      Object.entries(value).every(
        ([name, limits]) =>
          ['pools', 'databases'].includes(name) && isRecord(limits) && Object.values(limits).every(areLimits),
      ),
  },
  heldAfter: {
    env: 'PG_OTEL_HELD_AFTER',
    fallback: 30,
    accepts: 'a number of seconds above 0, or none',
    isAccepted: isHeldAfter,
    parse: heldAfterOf,
  },
  heldAfterOf: {
    env: 'PG_OTEL_HELD_AFTER_OF',
    fallback: {},
    accepts:
      'seconds above 0, or none, by pool name such as { reports: 300, workers: "none" } (in the environment: reports=300,workers=none)',
    isAccepted: (value) => isRecord(value) && Object.values(value).every(isHeldAfter),
    parse: (text) => {
      const named = pairsOf(text);
      return (
        named && Object.fromEntries(Object.entries(named).map(([name, value]) => [name, heldAfterOf(value)]))
      );
    },
  },
  repeatInterval: secondsOf('PG_OTEL_REPEAT_INTERVAL', 60),
  requestHook: hook,
  responseHook: hook,
};

/** Names of the environment variables, for documentation and `pg-otel doctor`. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.values(SETTINGS).flatMap(
  ({ env }) => env ?? [],
);

/** Read by the distribution, by `pg-otel alerts bridge`, and in a program that `pg-otel doctor` runs. */
const ELSEWHERE = [
  'PG_OTEL_DOCTOR_REPORTS',
  'PG_OTEL_INSTRUMENTATIONS',
  'PG_OTEL_BRIDGE_ALERTMANAGER',
  'PG_OTEL_BRIDGE_ENDPOINT',
  'PG_OTEL_BRIDGE_TOKEN',
  'PG_OTEL_BRIDGE_WEBHOOK',
];

/**
 * Options over environment over defaults.
 *
 * @throws TypeError for an option that does not exist or a value that is not accepted; the message names both.
 * A mistake in the environment is a process warning (`PG_OTEL_INVALID_OPTION`) and the default: nobody can catch
 * what a preload throws.
 */
export function configure(
  options: PostgresInstrumentationConfig = {},
  environment: Readonly<Record<string, string | undefined>> = processEnvironment(),
): Configuration {
  for (const name of Object.keys(options)) {
    if (name !== 'enabled' && !Object.hasOwn(SETTINGS, name)) {
      throw invalidOption(
        `${name} is no option of PostgresInstrumentation${didYouMean(name, Object.keys(SETTINGS))}; options are enabled, ${Object.keys(SETTINGS).join(', ')}`,
      );
    }
  }
  warnOfUnknown(environment);
  const configuration: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [keyof Configuration, Setting<unknown>][]) {
    const given = options[name];
    if (given !== undefined && !setting.isAccepted(given)) {
      throw invalidOption(`${name} must be ${setting.accepts}, got ${shown(given)}`);
    }
    configuration[name] = given ?? fromEnvironment(setting, environment) ?? setting.fallback;
  }
  return configuration as unknown as Configuration;
}

/** What Kubernetes sets in each container for a service named pg-otel or pg-otel-collector. */
const KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** A variable that nobody reads is a setting that somebody believes in. */
function warnOfUnknown(environment: Readonly<Record<string, string | undefined>>): void {
  const known = [...ENVIRONMENT_VARIABLES, ...ELSEWHERE];
  for (const name of Object.keys(environment)) {
    if (!/^PG_?OTEL_/i.test(name) || known.includes(name) || KUBERNETES.test(name)) continue;
    warn(
      'PG_OTEL_INVALID_OPTION',
      `${name} (from the environment) is no setting of pg-otel and has no effect${didYouMean(name, known, 6)}`,
      name,
    );
  }
}

function didYouMean(name: string, known: readonly string[], most?: number): string {
  const meant = nearest(name, known, most);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** With a code, so that whoever starts an instrumentation can tell the user's mistake from a failure of ours. */
function invalidOption(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'PG_OTEL_INVALID_OPTION' satisfies WarningCode });
}

/** There is none in fetch-only runtimes. */
const processEnvironment = (): Readonly<Record<string, string | undefined>> =>
  (typeof process === 'object' ? process.env : undefined) ?? {};

function fromEnvironment(
  setting: Setting<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  const text = setting.env === undefined ? undefined : environment[setting.env]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = setting.parse === undefined ? text : setting.parse(text);
  if (setting.isAccepted(value)) return value;
  warn(
    'PG_OTEL_INVALID_OPTION',
    `${setting.env} must be ${setting.accepts}, got ${shown(text)} (from the environment); it is not applied`,
    setting.env,
  );
  return undefined;
}

function shown(value: unknown): string {
  // A connection string may have been pasted into it.
  if (typeof value === 'string') return `"${messageWithoutSecrets(value.slice(0, 100))}"`;
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) {
    return `[${value.join(', ').slice(0, 100)}]`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
