import type { Span } from '@opentelemetry/api';
import { messageWithoutSecrets } from './message';
import { nearest } from './nearest';
import { type WarningCode, warn } from './warnings';

/** Describes a query to hooks and to the `ignore` function. */
export interface QueryInfo {
  /** The query text as the application wrote it, cut at 8192 characters. */
  readonly text: string;
  /** `db.query.summary`; empty when the text contains no known operation. */
  readonly summary: string;
  /** Bound values as the application passed them; absent when none is bound. */
  readonly parameters: readonly unknown[] | undefined;
  /** `server.address` */
  readonly serverAddress: string;
  /** `server.port`; absent for a Unix socket. */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database. */
  readonly namespace: string | undefined;
}

/** Describes a query and its result to a response hook. */
export interface ResponseInfo extends QueryInfo {
  /** The result that pg returns to the caller: a Result or an array of them; absent for cursors, streams and failures. */
  readonly result: unknown;
  /** The error that pg rejects with; absent when the query succeeded. */
  readonly error: unknown;
}

/**
 * Options of the instrumentation. `@env` names the environment variable that sets an option; an option in code takes
 * precedence. Functions can be set in code only.
 */
export interface PostgresInstrumentationConfig {
  /**
   * Whether the instrumentation is enabled when it is constructed.
   * @default true
   */
  enabled?: boolean;
  /**
   * The attribute `db.query.text` of spans. `auto`: the text as written when at least one value is bound, otherwise with
   * literals replaced by `?` (semconv, database spans). `sanitized`: literals are always replaced. `off`: no text.
   * @default 'auto'
   * @env PG_OTEL_STATEMENT_TEXT
   */
  statementText?: 'auto' | 'sanitized' | 'off';
  /**
   * Whether spans contain bound values as `db.query.parameter.<index>`. They are user data.
   * @default false
   * @env PG_OTEL_PARAMETERS
   */
  parameters?: boolean;
  /**
   * The longest bound value on a span, in characters, 1 to 8192; longer values are cut.
   * @default 100
   * @env PG_OTEL_PARAMETER_MAX_LENGTH
   */
  parameterMaxLength?: number;
  /**
   * When to create spans for requests to a pool (`pool.connect`). `waited`: only when the caller waited, or when the pool
   * opened a connection for it. The option does not affect the wait time on the query's span and in
   * `db.client.connection.wait_time`.
   * @default 'waited'
   * @env PG_OTEL_ACQUIRE_SPANS
   */
  acquireSpans?: 'waited' | 'always' | 'never';
  /**
   * Whether spans are created only when the caller's context has a span. Metrics and events are not affected.
   * @default false
   * @env PG_OTEL_REQUIRE_PARENT_SPAN
   */
  requireParentSpan?: boolean;
  /**
   * Queries that are not reported at all: a list of summaries (`['BEGIN', 'SELECT jobs']`), or a function that returns
   * true for such a query. When the function throws, the query is reported.
   * @default []
   * @env PG_OTEL_IGNORE summaries, separated by commas
   */
  ignore?: readonly string[] | ((query: QueryInfo) => boolean);
  /**
   * Names of pools (`db.client.connection.pool.name`): an object with the name for each default name, or a function that
   * returns the name of a pool (undefined: the default name). The default name is the name of the database; for the second
   * pool of a database `#2` is added, and so on.
   * @default {}
   * @env PG_OTEL_POOL_NAMES as in `shop=orders,shop#2=reports`
   */
  poolNames?: Readonly<Record<string, string>> | ((pool: PoolInfo) => string | undefined);
  /**
   * Whether the caller's trace is added to the statement as a comment (sqlcommenter), when the trace is sampled. `true`
   * appends the comment. `'prepended'` puts it before the statement: the server keeps only the first
   * `track_activity_query_size` bytes (1024) of a running statement, so an appended comment of a long statement is lost.
   * Named statements get no comment, because their text must not change. Cursors, streams and other objects with a
   * `submit` method get no comment either.
   * @default false
   * @env PG_OTEL_SQL_COMMENTS
   */
  sqlComments?: boolean | 'prepended';
  /**
   * How many series of a metric may have their own query summary, 0 to 1900. Further series have the summary `_OTHER`.
   * SDKs limit each metric to 2000 series, and combine all others into one.
   * @default 1800
   * @env PG_OTEL_SUMMARY_LIMIT
   */
  summaryLimit?: number;
  /**
   * When to record the metric `db.client.response.returned_rows`, which is opt-in in the conventions. `auto`: only with
   * metric producers of this instrumentation, as in `pg-otel/register`. With them, the metric costs almost nothing; with
   * the SDK's instruments, it costs as much as `db.client.operation.duration`. The span attribute
   * `db.response.returned_rows` is not affected.
   * @default 'auto'
   * @env PG_OTEL_RETURNED_ROWS_METRIC
   */
  returnedRowsMetric?: 'auto' | 'always' | 'never';
  /**
   * Whether `db.client.operation.exception` events have the attribute `exception.message`. Messages of the server may
   * contain user data.
   * @default false
   * @env PG_OTEL_EXCEPTION_MESSAGES
   */
  exceptionMessages?: boolean;
  /**
   * Limits in seconds. An operation that runs longer than a limit is reported as a `pg_otel.operation.slow` event while it
   * runs, with a separate event for each limit. Up to 20 limits in ascending order; `[]` for none. Time in which the event
   * loop was blocked does not count.
   * @default [1, 5]
   * @env PG_OTEL_SLOW_AFTER as in `1,5`, or `none`
   */
  slowAfter?: readonly number[];
  /**
   * Limits for single pools (by `db.client.connection.pool.name`) or databases (by `db.namespace`). They replace
   * `slowAfter`. Limits of a pool take precedence over limits of its database.
   * @default {}
   */
  slowAfterOf?: SlowAfterOf;
  /**
   * Seconds after which a checked-out connection is reported as a `pg_otel.connection.held` event; `'none'` for never.
   * Connections that listen for notifications (LISTEN) are not reported.
   * @default 30
   * @env PG_OTEL_HELD_AFTER as in `30`, or `none`
   */
  heldAfter?: HeldAfter;
  /**
   * `heldAfter` for single pools, by `db.client.connection.pool.name`: seconds, or `'none'` for never.
   * @default {}
   * @env PG_OTEL_HELD_AFTER_OF as in `reports=300,workers=none`
   */
  heldAfterOf?: Readonly<Record<string, HeldAfter>>;
  /**
   * Seconds after which an event is repeated while an operation or connection stays over its limit.
   * @default 60
   * @env PG_OTEL_REPEAT_INTERVAL
   */
  repeatInterval?: number;
  /**
   * Whether the server is asked why a query is slow, once it runs longer than a limit of `slowAfter`. The answer is
   * emitted as `pg_otel.operation.diagnosed` event while the query runs, and is part of its span. The questions use one
   * additional connection for each database, which is opened at the first such query, and closed after 30 s without one.
   * @default true; false in Jest, whose runs fail if something is loaded after the end of a test file
   * @env PG_OTEL_DIAGNOSE as in `on`, or `off`
   */
  diagnose?: boolean;
  /**
   * Called with the span of a query when it starts. Errors of the hook are logged to the diagnostic log, once per class.
   */
  requestHook?: (span: Span, query: QueryInfo) => void;
  /**
   * Called with the span of a query before it ends. Errors of the hook are logged to the diagnostic log, once per class.
   */
  responseHook?: (span: Span, response: ResponseInfo) => void;
}

/** Seconds, or `'none'` for never. */
export type HeldAfter = number | 'none';

/** Limits in seconds for single pools and databases, by name. Each list has the form of `slowAfter`. */
export interface SlowAfterOf {
  /** By `db.client.connection.pool.name`. */
  readonly pools?: Readonly<Record<string, readonly number[]>>;
  /** By `db.namespace`. */
  readonly databases?: Readonly<Record<string, readonly number[]>>;
}

/** Describes a pool to a `poolNames` function. */
export interface PoolInfo {
  /** The name of the pool if the function returns undefined. */
  readonly defaultName: string;
  /** `server.address` */
  readonly serverAddress: string;
  /** `server.port`; absent for a Unix socket. */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database. */
  readonly namespace: string | undefined;
  /** The user that the pool connects as. */
  readonly user: string | undefined;
  /** `application_name` of the pool's connections. */
  readonly applicationName: string | undefined;
}

/** The options with all defaults applied. */
export type Configuration = Required<
  Omit<PostgresInstrumentationConfig, 'enabled' | 'requestHook' | 'responseHook'>
> &
  Pick<PostgresInstrumentationConfig, 'requestHook' | 'responseHook'>;

/** The options for events of slow operations and held connections, in seconds. */
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

const parseFlag = (text: string): boolean | string =>
  text === 'true' ? true : text === 'false' ? false : text;

const flag = (env: string): Setting<boolean> => ({
  env,
  fallback: false,
  accepts: 'true or false',
  isAccepted: (value) => typeof value === 'boolean',
  parse: parseFlag,
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

/** Parses `shop=orders,reports=300`; returns `undefined` for anything else. */
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
      'pool names by default name, such as { shop: "orders" } (in the environment: shop=orders), or a function',
    isAccepted: (value) =>
      typeof value === 'function' || (isRecord(value) && Object.values(value).every(isText)),
    parse: (text) => pairsOf(text) ?? text,
  },
  sqlComments: {
    env: 'PG_OTEL_SQL_COMMENTS',
    fallback: false,
    accepts: 'true, false or "prepended"',
    isAccepted: (value) => typeof value === 'boolean' || value === 'prepended',
    parse: parseFlag,
  },
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
  diagnose: {
    env: 'PG_OTEL_DIAGNOSE',
    fallback: true,
    accepts: 'true or false (in the environment: on or off)',
    isAccepted: (value) => typeof value === 'boolean',
    parse: (text) => ({ on: true, off: false, true: true, false: false })[text] ?? text,
  },
  requestHook: hook,
  responseHook: hook,
};

/** The names of the environment variables of all options. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.values(SETTINGS).flatMap(
  ({ env }) => env ?? [],
);

/** Variables of other parts of pg-otel: the distribution, `pg-otel alerts bridge` and `pg-otel doctor`. */
const ELSEWHERE = [
  'PG_OTEL_DOCTOR_REPORTS',
  'PG_OTEL_INSTRUMENTATIONS',
  'PG_OTEL_INSIGHTS',
  'PG_OTEL_INSIGHTS_BASELINE',
  'PG_OTEL_MANAGE_POOLS',
  'PG_OTEL_BRIDGE_ALERTMANAGER',
  'PG_OTEL_BRIDGE_ENDPOINT',
  'PG_OTEL_BRIDGE_TOKEN',
  'PG_OTEL_BRIDGE_WEBHOOK',
];

/**
 * Combines options, environment and defaults, in this order of precedence. An invalid value in the environment causes a
 * process warning (`PG_OTEL_INVALID_OPTION`) instead of an error, because a program cannot catch the errors of a preload.
 * The default then applies.
 *
 * @param defaults those that differ here
 * @throws TypeError for an option that does not exist or a value that is not accepted; the message names the option and
 *   the accepted values
 */
export function configure(
  options: PostgresInstrumentationConfig = {},
  environment: Readonly<Record<string, string | undefined>> = processEnvironment(),
  defaults: Partial<Configuration> = {},
): Configuration {
  for (const name of Object.keys(options)) {
    if (name !== 'enabled' && !Object.hasOwn(SETTINGS, name)) {
      throw invalidOption(
        `${name} is not an option of PostgresInstrumentation${didYouMean(name, Object.keys(SETTINGS))}; options are enabled, ${Object.keys(SETTINGS).join(', ')}`,
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
    configuration[name] =
      given ?? fromEnvironment(setting, environment) ?? defaults[name] ?? setting.fallback;
  }
  return configuration as unknown as Configuration;
}

/** Variables that Kubernetes sets in each container for a service named pg-otel or pg-otel-collector. */
const KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** Warns about variables that look like settings of pg-otel and have no effect, such as misspelt ones. */
function warnOfUnknown(environment: Readonly<Record<string, string | undefined>>): void {
  const known = [...ENVIRONMENT_VARIABLES, ...ELSEWHERE];
  for (const name of Object.keys(environment)) {
    if (!/^PG_?OTEL_/i.test(name) || known.includes(name) || KUBERNETES.test(name)) continue;
    warn(
      'PG_OTEL_INVALID_OPTION',
      `${name} (from the environment) is not a setting of pg-otel and has no effect${didYouMean(name, known, 6)}`,
      name,
    );
  }
}

function didYouMean(name: string, known: readonly string[], most?: number): string {
  const meant = nearest(name, known, most);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** Has a code, so that programs can distinguish an invalid option from an internal error. */
function invalidOption(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'PG_OTEL_INVALID_OPTION' satisfies WarningCode });
}

/** Empty in fetch-only runtimes without `process`. */
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
    `${setting.env} must be ${setting.accepts}, got ${shown(text)} (from the environment); the default is used`,
    setting.env,
  );
  return undefined;
}

function shown(value: unknown): string {
  // The value may contain a connection string.
  if (typeof value === 'string') return `"${messageWithoutSecrets(value.slice(0, 100))}"`;
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) {
    return `[${value.join(', ').slice(0, 100)}]`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
