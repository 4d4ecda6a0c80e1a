import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { core, logs, metrics, resources, tracing } from '@opentelemetry/sdk-node';

interface TypedPackages {
  '@opentelemetry/core': typeof core;
  '@opentelemetry/resources': typeof resources;
  '@opentelemetry/sdk-logs': typeof logs;
  '@opentelemetry/sdk-metrics': typeof metrics;
  '@opentelemetry/sdk-trace': Pick<typeof tracing, 'ConsoleSpanExporter'>;
}

/**
 * Every package of the SDK that the environment may require. The names are literal, because bundlers follow no others.
 * All of them are dependencies of `@opentelemetry/sdk-node`, so a bundle contains them anyway.
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

export type SdkPackage = keyof typeof literal;

const requireFromSdk = findRequireFromSdk();

/**
 * Loads a package of the SDK, in the major version that is installed. It is the copy that `@opentelemetry/sdk-node`
 * uses, even if the package manager hides that one from this package. In a bundle, it is the copy that the bundler found.
 */
export function requireSdk<Name extends keyof TypedPackages>(name: Name): TypedPackages[Name];
export function requireSdk(name: SdkPackage): unknown;
export function requireSdk(name: SdkPackage): unknown {
  return requireFromSdk === undefined ? literal[name]() : requireFromSdk(name);
}

/** Undefined in a bundle: there, this file is part of another file, and no packages need to be installed. */
function findRequireFromSdk(): NodeJS.Require | undefined {
  try {
    const manifest = readFileSync(join(__dirname, '../../package.json'), 'utf8');
    if ((JSON.parse(manifest) as { name?: string }).name !== 'pg-otel') return undefined;
    return createRequire(createRequire(__filename).resolve('@opentelemetry/sdk-node'));
  } catch {
    return undefined;
  }
}
