import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { installationFolder, sdkVersions, titled } from '@pg-otel/testkit';
import { EXPORTER_ENVIRONMENTS } from './exporter-environments';
import { PROVIDER_ENVIRONMENTS } from './provider-environments';

/** Variables that other tests cover, because pg-otel differs from NodeSDK or because time decides. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  OTEL_CONFIG_FILE: 'distribution.test.ts: NodeSDK itself reads it',
  OTEL_SDK_DISABLED: 'distribution.test.ts: nothing is started',
  OTEL_BSP_SCHEDULE_DELAY: 'batch-queue.test.ts',
  OTEL_BSP_MAX_QUEUE_SIZE: 'batch-queue.test.ts',
  OTEL_BSP_EXPORT_TIMEOUT: 'batch-queue.test.ts',
  OTEL_BLRP_SCHEDULE_DELAY: 'batch-queue.test.ts',
  OTEL_BLRP_MAX_QUEUE_SIZE: 'batch-queue.test.ts',
  OTEL_BLRP_EXPORT_TIMEOUT: 'batch-queue.test.ts',
  OTEL_METRIC_EXPORT_INTERVAL: 'metric-readers.test.ts: another default',
  OTEL_METRIC_EXPORT_TIMEOUT: 'metric-readers.test.ts',
  OTEL_EXPORTER_PROMETHEUS_HOST: 'metric-readers.long.test.ts: another default',
  OTEL_EXPORTER_PROMETHEUS_PORT: 'metric-readers.long.test.ts',
  OTEL_SEMCONV_STABILITY_OPT_IN: 'instrumentations read it, and not the SDK',
};

/** Packages of the SDK that read the environment. */
const READS_ENVIRONMENT =
  /^(core|resources|sdk-|otlp-exporter-base|otlp-grpc-exporter-base|exporter-|propagator-)/;

/** The names of variables in the code of the installed SDK. A name is a whole literal; longer ones are put together. */
function variablesOf(folder: string): Set<string> {
  const scope = path.join(folder, 'node_modules', '@opentelemetry');
  const packages = readdirSync(scope).filter((name) => READS_ENVIRONMENT.test(name));
  const files = packages.flatMap((name) =>
    readdirSync(path.join(scope, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.c?js$/.test(file) && !/(^|\/)(esm|esnext)\//.test(file))
      .map((file) => path.join(scope, name, file)),
  );
  const read = /Env\)?\(\s*['"`](OTEL_[A-Z0-9_]+)['"`]|process\.env\.(OTEL_[A-Z0-9_]+)/g;
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(read)].map(
        ([, name, property]) => (name ?? property) as string,
      ),
    ),
  );
}

describe.each(titled(sdkVersions()))('on %s', (_, { installation }) => {
  it('each variable that NodeSDK reads is compared with pg-otel, or has a separate test', () => {
    const environments = [...PROVIDER_ENVIRONMENTS, ...EXPORTER_ENVIRONMENTS];
    const covered = new Set([...environments.flatMap(Object.keys), ...Object.keys(ELSEWHERE)]);
    const variables = [...variablesOf(installationFolder(installation))];
    expect(variables.length).toBeGreaterThan(30);
    expect(variables.filter((name) => !covered.has(name)).sort()).toEqual([]);
  });
});
