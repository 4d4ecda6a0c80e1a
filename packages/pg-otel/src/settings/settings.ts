import { catalogue } from '../instrumentations/catalogue';
import type { Setting } from './kinds';
import * as kind from './kinds';

/** Pools and connections change within seconds; the SDK's 60 s would show their worst moment by accident only. */
const METRIC_INTERVAL_MILLIS = 10_000;

/** `pg` is the standard instrumentation, which is never registered. */
const instrumentations = ['pg', ...catalogue.keys()];

/** The numbers this package reads. */
const numbers = {
  OTEL_BSP_MAX_QUEUE_SIZE: kind.above0('records', 2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: kind.above0('records', 512),
  OTEL_BSP_SCHEDULE_DELAY: kind.above0('milliseconds', 5_000),
  OTEL_BSP_EXPORT_TIMEOUT: kind.above0('milliseconds', 30_000),
  OTEL_BLRP_MAX_QUEUE_SIZE: kind.above0('records', 2_048),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: kind.above0('records', 512),
  OTEL_BLRP_SCHEDULE_DELAY: kind.above0('milliseconds', 1_000),
  OTEL_BLRP_EXPORT_TIMEOUT: kind.above0('milliseconds', 30_000),
  OTEL_METRIC_EXPORT_INTERVAL: kind.above0('milliseconds', METRIC_INTERVAL_MILLIS),
  OTEL_METRIC_EXPORT_TIMEOUT: kind.above0('milliseconds', 30_000),
  OTEL_EXPORTER_PROMETHEUS_PORT: kind.port(9464),
} as const;

/** The lists of words this package reads. */
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

export const SPAN_LIMITS = {
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.limit(Number.POSITIVE_INFINITY),
  OTEL_SPAN_EVENT_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_LINK_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: kind.limit(128),
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: kind.limit(128),
  OTEL_ATTRIBUTE_COUNT_LIMIT: kind.limit(128),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.limit(Number.POSITIVE_INFINITY),
} as const;

export const PROPAGATORS = kind.words(['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'], []);
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const compressions = ['none', 'gzip'] as const;
const temporalities = ['cumulative', 'delta', 'lowmemory'] as const;
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const zipkin = kind.httpUrl('http://localhost:9411/api/v2/spans');

/** Each may be set for one signal, instead of the value for all: of that the fallback depends then. */
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
 * The standard variables that have an effect here: those of this package, and those that NodeSDK and the exporters
 * read for themselves (and report to `diag` only, which nobody sees who has set no logger).
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  ...numbers,
  ...lists,
  ...SPAN_LIMITS,
  ...otlp(''),
  ...otlp('TRACES_'),
  ...otlp('METRICS_'),
  ...otlp('LOGS_'),
  OTEL_SDK_DISABLED: kind.boolean,
  OTEL_LOG_LEVEL: kind.word(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'], 'info', {
    ignoresCase: true,
  }),
  OTEL_SERVICE_NAME: kind.anything,
  OTEL_RESOURCE_ATTRIBUTES: kind.attributes,
  OTEL_PROPAGATORS: PROPAGATORS,
  OTEL_TRACES_SAMPLER: kind.word(samplers, 'parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: kind.between(0, 1, 1),
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: kind.above0('attributes'),
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: kind.above0('characters'),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: kind.word(temporalities, 'cumulative', {
    ignoresCase: true,
  }),
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: kind.anything,
  OTEL_EXPORTER_PROMETHEUS_HOST: kind.anything,
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: zipkin,
  OTEL_CONFIG_FILE: kind.anything,
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: kind.words(instrumentations, []),
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: kind.words(instrumentations, []),
  OTEL_NODE_EXPERIMENTAL_SDK_METRICS: kind.anything,
  OTEL_SEMCONV_STABILITY_OPT_IN: kind.anything,
};

/** The number of a variable; its default when it is unset or not accepted. */
export function numberOf(name: keyof typeof numbers): number {
  return valueFrom<number>(name, numbers[name]);
}

/** The entries of a variable that are accepted; its default when it is unset. */
export function listOf<Name extends keyof typeof lists>(
  name: Name,
): NonNullable<(typeof lists)[Name]['fallback']> {
  return valueFrom(name, lists[name] as Setting<NonNullable<(typeof lists)[Name]['fallback']>>);
}

/** The exporter throws for one that is no URL. */
export const zipkinEndpoint = (): string => valueFrom('OTEL_EXPORTER_ZIPKIN_ENDPOINT', zipkin);

function valueFrom<Value>(name: string, { fallback, read }: Setting<Value>): Value {
  return (read(process.env[name] ?? '') ?? fallback) as Value;
}
