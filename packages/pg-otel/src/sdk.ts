import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { core, logs, metrics, resources, tracing } from '@opentelemetry/sdk-node';

/**
 * Where `@opentelemetry/sdk-node` stands. Its 2.x line re-exports the SDK's packages, its 3.x line does not, so they
 * are resolved from its place: the very copies it uses itself, of whichever line is installed.
 */
export const sdkNodeFile = require.resolve('@opentelemetry/sdk-node');
const requireBeside = createRequire(sdkNodeFile);

interface SdkPackages {
  '@opentelemetry/core': typeof core;
  '@opentelemetry/resources': typeof resources;
  '@opentelemetry/sdk-logs': typeof logs;
  '@opentelemetry/sdk-metrics': typeof metrics;
  '@opentelemetry/sdk-trace': Pick<typeof tracing, 'ConsoleSpanExporter'>;
  '@opentelemetry/sdk-trace-base': Pick<typeof tracing, 'ConsoleSpanExporter'>;
}

export function requireSdk<Name extends keyof SdkPackages>(name: Name): SdkPackages[Name];
export function requireSdk(name: string): unknown;
export function requireSdk(name: string): unknown {
  return requireBeside(name);
}

/** Version of the `@opentelemetry/sdk-node` in use: 0.2xx is the 2.x line, 0.3xx the 3.x line. */
export function sdkNodeVersion(): string {
  return packageVersion(sdkNodeFile);
}

/** Version of the package a file belongs to: the nearest package.json above it that has a name and a version. */
export function packageVersion(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = readManifest(join(folder, 'package.json'));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${file}`);
  }
}

function readManifest(path: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
    return name === undefined ? undefined : version;
  } catch {
    return undefined;
  }
}
