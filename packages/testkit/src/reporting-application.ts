import { type RunningFixture, startFixture } from './fixture';
import type { PostgresServer } from './postgres';
import type { ProfileCollector } from './servers/profile-collector';

export interface ReportingApplicationOptions {
  /** In an async function, with `pg`, `trace`, `sleep` and `say` (a line of JSON with the time, `at`). */
  readonly body: string;
  readonly postgres: PostgresServer;
  /** OTLP over HTTP. */
  readonly collector: { readonly ports: Pick<ProfileCollector['ports'], 'http'> };
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts an application with `pg-otel/register` that exports to a collector: service `shop`, unless `env` names another. */
export function startReportingApplication(options: ReportingApplicationOptions): RunningFixture {
  const { body, postgres, collector, env = {} } = options;
  return startFixture({
    installation: 'otel-2',
    type: 'commonjs',
    nodeArgs: ['--require', 'pg-otel/register'],
    timeoutMillis: 280_000,
    env: {
      ...postgres.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.ports.http}`,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      ...env,
    },
    source: `
      const pg = require('pg');
      const { trace } = require('@opentelemetry/api');
      const { setTimeout: sleep } = require('node:timers/promises');
      const say = (what) => console.log(JSON.stringify({ at: Date.now(), ...what }));
      async function main() {${body}}
      main().catch((error) => { console.error(error); process.exitCode = 1; });`,
  });
}

/** The lines of `say` of an application that has ended. @throws when it failed */
export async function saidBy(application: RunningFixture): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, code } = await application.ended;
  if (code !== 0) throw new Error(`The application ended with ${code}:\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
