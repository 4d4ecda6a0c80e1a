import type { SignalName } from '../api-registry';
import { catalogue } from '../instrumentations/catalogue';
import type { Setting } from './kinds';
import * as kind from './kinds';

/** Shorter than the SDK's 60 s, because pools and connections change within seconds. */
const METRIC_INTERVAL_MILLIS = 10_000;

/** `pg` is the standard instrumentation of Postgres, which pg-otel never registers. */
const instrumentations = ['pg', ...catalogue.keys()];

/** The numbers that this package reads. */
const numbers = {
  OTEL_BSP_MAX_QUEUE_SIZE: kind.above0('records', 2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: kind.above0('records', 512),
  OTEL_BSP_SCHEDULE_DELAY: kind.timer(5_000),
  OTEL_BSP_EXPORT_TIMEOUT: kind.timer(30_000),
  OTEL_BLRP_MAX_QUEUE_SIZE: kind.above0('records', 2_048),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: kind.above0('records', 512),
  OTEL_BLRP_SCHEDULE_DELAY: kind.timer(1_000),
  OTEL_BLRP_EXPORT_TIMEOUT: kind.timer(30_000),
  OTEL_METRIC_EXPORT_INTERVAL: kind.timer(METRIC_INTERVAL_MILLIS),
  OTEL_METRIC_EXPORT_TIMEOUT: kind.timer(30_000),
  OTEL_EXPORTER_PROMETHEUS_PORT: kind.port(9464),
  OTEL_TRACES_SAMPLER_ARG: kind.between(0, 1, 1),
} as const;

/** The lists of words that this package reads. */
const lists = {
  OTEL_TRACES_EXPORTER: kind.words(['otlp', 'console', 'zipkin', 'none'], ['otlp']),
  OTEL_METRICS_EXPORTER: kind.words(['otlp', 'console', 'prometheus', 'none'], ['otlp']),
  OTEL_LOGS_EXPORTER: kind.words(['otlp', 'console', 'none'], ['otlp']),
  OTEL_NODE_RESOURCE_DETECTORS: kind.words(
    ['all', 'none', 'serviceinstance', 'process', 'host', 'os', 'env'],
    ['process', 'host', 'os', 'env'],
  ),
  PG_OTEL_INSTRUMENTATIONS: kind.words<string>(['none', ...instrumentations], []),
} as const;

/** The words that this package reads. */
const words = {
  PG_OTEL_MANAGE_POOLS: kind.word(['advise', 'act']),
  OTEL_TRACES_SAMPLER: kind.word(
    [
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ],
    'parentbased_always_on',
  ),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: kind.word(
    ['cumulative', 'delta', 'lowmemory'],
    'cumulative',
    { ignoresCase: true },
  ),
} as const;

export const SPAN_LIMITS = {
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.limit(Number.POSITIVE_INFINITY),
  OTEL_SPAN_EVENT_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_LINK_COUNT_LIMIT: kind.limit(128),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: kind.limit(128),
  OTEL_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.limit(Number.POSITIVE_INFINITY),
} as const;

export const PROPAGATORS = kind.words(['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'], []);
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const compressions = ['none', 'gzip'] as const;

const insights = kind.port();

const zipkin = kind.httpUrl('http://localhost:9411/api/v2/spans');

/** The OTLP variables for all signals or for one. A signal's variable has no fallback here: it falls back to the common one. */
const otlp = (part: '' | 'TRACES_' | 'METRICS_' | 'LOGS_'): Record<string, Setting> => {
  const name = (end: string) => `OTEL_EXPORTER_OTLP_${part}${end}`;
  const isForAll = part === '';
  return {
    [name('ENDPOINT')]: kind.anything,
    [name('PROTOCOL')]: kind.word(OTLP_PROTOCOLS, isForAll ? 'http/protobuf' : undefined),
    [name('TIMEOUT')]: kind.above0('milliseconds', isForAll ? 10_000 : undefined),
    [name('COMPRESSION')]: kind.word(compressions, isForAll ? 'none' : undefined),
    [name('HEADERS')]: kind.headers,
    [name('INSECURE')]: kind.boolean,
    [name('CERTIFICATE')]: kind.readableFile,
    [name('CLIENT_CERTIFICATE')]: kind.readableFile,
    [name('CLIENT_KEY')]: kind.readableFile,
  };
};

/**
 * All standard variables that have an effect: those that this package reads, and those that NodeSDK and the exporters
 * read, which report a mistake to `diag` only, where it is invisible unless the application has set a logger.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  ...numbers,
  ...lists,
  ...words,
  ...SPAN_LIMITS,
  ...otlp(''),
  ...otlp('TRACES_'),
  ...otlp('METRICS_'),
  ...otlp('LOGS_'),
  PG_OTEL_INSIGHTS: insights,
  PG_OTEL_INSIGHTS_BASELINE: kind.anything,
  OTEL_SDK_DISABLED: kind.boolean,
  OTEL_LOG_LEVEL: kind.word(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'], 'info', {
    ignoresCase: true,
  }),
  OTEL_SERVICE_NAME: kind.anything,
  OTEL_RESOURCE_ATTRIBUTES: kind.attributes,
  OTEL_PROPAGATORS: PROPAGATORS,
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: kind.above0('attributes'),
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.above0('characters'),
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: kind.anything,
  OTEL_EXPORTER_PROMETHEUS_HOST: kind.anything,
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: zipkin,
  OTEL_CONFIG_FILE: kind.anything,
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: kind.words(instrumentations, []),
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: kind.words(instrumentations, []),
  OTEL_NODE_EXPERIMENTAL_SDK_METRICS: kind.anything,
  OTEL_SEMCONV_STABILITY_OPT_IN: kind.anything,
};

/** The number in a variable, or the default when it is unset or not accepted. */
export function numberOf(name: keyof typeof numbers): number {
  return valueFrom<number>(name, numbers[name]);
}

/** The accepted entries of a variable, or the default when it is unset. */
export function listOf<Name extends keyof typeof lists>(
  name: Name,
): NonNullable<(typeof lists)[Name]['fallback']> {
  return valueFrom(name, lists[name] as Setting<NonNullable<(typeof lists)[Name]['fallback']>>);
}

/** The word in a variable; undefined when it is unset or not accepted. */
export function wordOf<Name extends keyof typeof words>(name: Name): (typeof words)[Name]['fallback'] {
  return valueFrom(name, words[name]);
}

const exporterVariable = {
  traces: 'OTEL_TRACES_EXPORTER',
  metrics: 'OTEL_METRICS_EXPORTER',
  logs: 'OTEL_LOGS_EXPORTER',
} as const;

export type ExporterName<Signal extends SignalName> = ReturnType<
  typeof listOf<(typeof exporterVariable)[Signal]>
>[number];

/** The exporters in `OTEL_<SIGNAL>_EXPORTER`: `otlp` when it is unset, none when `none` is among them. */
export function exporterNames<Signal extends SignalName>(signal: Signal): readonly ExporterName<Signal>[] {
  return listOf(exporterVariable[signal]);
}

/** The port in `PG_OTEL_INSIGHTS`; undefined when it is unset or not accepted. */
export const insightsPort = (): number | undefined => valueFrom('PG_OTEL_INSIGHTS', insights);

/** A URL in any case: the exporter throws for anything else. */
export const zipkinEndpoint = (): string => valueFrom('OTEL_EXPORTER_ZIPKIN_ENDPOINT', zipkin);

function valueFrom<Value>(name: string, { fallback, read }: Setting<Value>): Value {
  return (read(process.env[name] ?? '') ?? fallback) as Value;
}
