import * as path from 'node:path';
import { type ConfigSource, configFile } from './config-source';
import { type ProgramResult, runProgram, serverProgram } from './programs';
import { type Place, type ServerProcess, startServerProcess } from './server-process';

export interface CollectorOptions<Port extends string> {
  /** Merged in this order, as the collector does: maps are joined, lists replaced. */
  readonly configs: readonly ConfigSource[];
  /** Names of ports that the configuration needs; each gets a free one, which `env` makes known. */
  readonly ports?: readonly Port[];
  /** For `${env:NAME}` in the configuration. Into `folder` go files that are to survive a restart. */
  readonly env?:
    | Readonly<Record<string, string>>
    | ((place: Place<Port>) => Readonly<Record<string, string>>);
}

export type Collector<Port extends string> = ServerProcess<Port>;

/**
 * Starts the OpenTelemetry Collector of collector-config/builder-config.yaml. It is ready when its log has the message
 * (level `info`, the default), regardless of its extensions.
 *
 * @throws when it does not start, with its log
 * @example
 * const collector = await startCollector({
 *   configs: [{ file: 'collector-config/single/collector.yaml' }],
 *   ports: ['otlp'],
 *   env: ({ ports, folder }) => ({ OTLP_ENDPOINT: `127.0.0.1:${ports.otlp}`, OTELCOL_STATE_DIR: folder }),
 * });
 */
export async function startCollector<Port extends string = never>({
  configs,
  ports = [],
  env = {},
}: CollectorOptions<Port>): Promise<Collector<Port>> {
  return startServerProcess({
    name: 'collector',
    program: serverProgram('collector', 'otelcol-pg'),
    ports,
    args: ({ folder }) =>
      configs.map((config, index) => `--config=${configFile(config, folder, configName(index))}`),
    env: (place) => (typeof env === 'function' ? env(place) : env),
    isReady: (_, log) => log.includes('Everything is ready'),
  });
}

/** `otelcol validate`: whether the configurations make sense together; nothing is started. */
export function validateCollector(
  configs: readonly ConfigSource[],
  env: Readonly<Record<string, string>> = {},
): ProgramResult {
  const sources = configs.map((config) =>
    'file' in config ? path.resolve(config.file) : `yaml:${config.text}`,
  );
  return runProgram(
    serverProgram('collector', 'otelcol-pg'),
    ['validate', ...sources.map((source) => `--config=${source}`)],
    { env },
  );
}

function configName(index: number): string {
  return `config-${index}.yaml`;
}
