import { createRequire } from 'node:module';
import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { core, logs, metrics, resources, tracing } from '@opentelemetry/sdk-node';
import type { LoggerProvider } from '../hand-over/forwarding-logger-provider';
import { manifestOf } from '../package-version';

/** The classes of `@opentelemetry/sdk-trace`, before 0.220 those of `@opentelemetry/sdk-trace-base`. */
interface TracePackage
  extends Pick<
    typeof tracing,
    | 'AlwaysOffSampler'
    | 'AlwaysOnSampler'
    | 'ConsoleSpanExporter'
    | 'ParentBasedSampler'
    | 'RandomIdGenerator'
    | 'TraceIdRatioBasedSampler'
  > {
  readonly TracerProvider: typeof tracing.BasicTracerProvider;
}

interface LogsApi {
  setGlobalLoggerProvider(provider: LoggerProvider): unknown;
}

interface TypedPackages {
  '@opentelemetry/api': typeof import('@opentelemetry/api') & { readonly logs?: LogsApi };
  '@opentelemetry/api-logs': { readonly logs: LogsApi };
  '@opentelemetry/context-async-hooks': {
    AsyncLocalStorageContextManager: new () => ContextManager;
  };
  '@opentelemetry/core': typeof core;
  '@opentelemetry/resources': typeof resources;
  '@opentelemetry/sdk-logs': typeof logs;
  '@opentelemetry/sdk-metrics': typeof metrics;
  '@opentelemetry/sdk-trace': TracePackage;
  '@opentelemetry/sdk-trace-base': typeof tracing;
  '@opentelemetry/propagator-b3': {
    B3Propagator: new (options?: { injectEncoding: unknown }) => TextMapPropagator;
    B3InjectEncoding: { MULTI_HEADER: unknown };
  };
  '@opentelemetry/propagator-jaeger': { JaegerPropagator: new () => TextMapPropagator };
}

/**
 * What of the SDK a bundle needs besides NodeSDK. The names are literal, because bundlers follow no others. All of them are
 * dependencies of `@opentelemetry/sdk-node`, so a bundle contains them anyway.
 */
const literal = {
  '@opentelemetry/core': () => require('@opentelemetry/core'),
  '@opentelemetry/resources': () => require('@opentelemetry/resources'),
  '@opentelemetry/sdk-logs': () => require('@opentelemetry/sdk-logs'),
  '@opentelemetry/sdk-metrics': () => require('@opentelemetry/sdk-metrics'),
  '@opentelemetry/sdk-trace': () => {
    // sdk-node depends on it since 0.220. Bundlers accept a missing package only within a try.
    try {
      return require('@opentelemetry/sdk-trace');
    } catch (error) {
      throw new Error('@opentelemetry/sdk-trace is not in the bundle', { cause: error });
    }
  },
  '@opentelemetry/exporter-trace-otlp-proto': () => require('@opentelemetry/exporter-trace-otlp-proto'),
  '@opentelemetry/exporter-trace-otlp-http': () => require('@opentelemetry/exporter-trace-otlp-http'),
  '@opentelemetry/exporter-trace-otlp-grpc': () => require('@opentelemetry/exporter-trace-otlp-grpc'),
  '@opentelemetry/exporter-metrics-otlp-proto': () => require('@opentelemetry/exporter-metrics-otlp-proto'),
  '@opentelemetry/exporter-metrics-otlp-http': () => require('@opentelemetry/exporter-metrics-otlp-http'),
  '@opentelemetry/exporter-metrics-otlp-grpc': () => require('@opentelemetry/exporter-metrics-otlp-grpc'),
  '@opentelemetry/exporter-logs-otlp-proto': () => require('@opentelemetry/exporter-logs-otlp-proto'),
  '@opentelemetry/exporter-logs-otlp-http': () => require('@opentelemetry/exporter-logs-otlp-http'),
  '@opentelemetry/exporter-logs-otlp-grpc': () => require('@opentelemetry/exporter-logs-otlp-grpc'),
  '@opentelemetry/exporter-zipkin': () => require('@opentelemetry/exporter-zipkin'),
  '@opentelemetry/exporter-prometheus': () => require('@opentelemetry/exporter-prometheus'),
};

export type SdkPackage = keyof typeof literal | keyof TypedPackages;

const sdkNodeFile = findSdkNode();
const requireFromSdk = sdkNodeFile === undefined ? undefined : createRequire(sdkNodeFile);
const CORE = '@opentelemetry/core';
/** npm may install a copy of core, which is 32 files, in each package of the SDK. This one's is loaded in any case. */
const requireCore = requireFromSdk && createRequire(requireFromSdk.resolve('@opentelemetry/resources'));

/**
 * Loads a package of the SDK, in the major version that is installed. It is the copy that `@opentelemetry/sdk-node`
 * or a package of it uses, even if the package manager hides that one from this package. In a bundle, it is the copy that
 * the bundler found.
 */
export function requireSdk<Name extends keyof TypedPackages>(name: Name): TypedPackages[Name];
export function requireSdk(name: SdkPackage): unknown;
export function requireSdk(name: SdkPackage): unknown {
  const load = name === CORE ? requireCore : requireFromSdk;
  return load === undefined ? literal[name as keyof typeof literal]() : load(name);
}

/** @throws when a package of the SDK is not installed */
export function assertSdkHas(name: SdkPackage): void {
  requireFromSdk?.resolve(name);
}

/** Whether the SDK is part of a bundle, which contains only those of its packages that the table names. */
export const isBundled = sdkNodeFile === undefined;

const sdkDependencies = sdkNodeFile === undefined ? {} : (manifestOf(sdkNodeFile).dependencies ?? {});

/** Whether NodeSDK uses a package. A package of that name may also be installed for something else. */
export function isPartOfSdk(name: SdkPackage): boolean {
  return Object.hasOwn(sdkDependencies, name);
}

/** The package of the tracer provider that NodeSDK uses. */
export function tracePackage(): TracePackage {
  if (isBundled || isPartOfSdk('@opentelemetry/sdk-trace')) return requireSdk('@opentelemetry/sdk-trace');
  const older = requireSdk('@opentelemetry/sdk-trace-base');
  return { ...older, TracerProvider: older.BasicTracerProvider };
}

/** A separate package before API 1.10. */
export function logsApi(): LogsApi {
  return requireSdk('@opentelemetry/api').logs ?? requireSdk('@opentelemetry/api-logs').logs;
}

/** The file of `@opentelemetry/sdk-node`. Undefined in a bundle: there, no packages need to be installed. */
function findSdkNode(): string | undefined {
  try {
    return manifestOf(__filename).name === 'pg-otel'
      ? createRequire(__filename).resolve('@opentelemetry/sdk-node')
      : undefined;
  } catch {
    return undefined;
  }
}
