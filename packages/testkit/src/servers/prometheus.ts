import type { PrometheusSample } from '../prometheus-stand-in';
import { type ConfigSource, configFile, writeFiles } from './config-source';
import { type ProgramResult, runProgram, serverProgram } from './programs';
import { answersOk, type ServerProcess, startServerProcess } from './server-process';

/** 2.42 of Debian 12, or the newest 3.x. */
export type PrometheusVersion = '2' | '3';

export interface PrometheusOptions {
  readonly version: PrometheusVersion;
  readonly config: ConfigSource;
  /** Texts by file name, next to a `config` given as text: `{ 'rules/pg.yml': … }` for `rule_files: [rules/*.yml]`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further options: `['--web.enable-remote-write-receiver']`. */
  readonly flags?: readonly string[];
}

export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: Date;
  readonly value: number;
}

export interface Prometheus extends ServerProcess<'web'> {
  readonly url: string;
  /** An instant query, for now or another time; the scalar of one has no labels. @throws when it is refused */
  query(promql: string, at?: Date): Promise<PrometheusSample[]>;
  /** Those that are pending or firing. */
  alerts(): Promise<PrometheusAlert[]>;
}

/** Starts a real Prometheus. @throws when it does not start, with its log */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { version, config, files = {}, flags = [] } = options;
  const server = await startServerProcess({
    name: `prometheus-${version}`,
    program: serverProgram(`prometheus-${version}`, 'prometheus'),
    ports: ['web'],
    args: ({ ports, folder }) => {
      writeFiles(files, folder);
      return [
        `--config.file=${configFile(config, folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${ports.web}`,
        ...flags,
      ];
    },
    isReady: ({ ports }) => answersOk(`http://127.0.0.1:${ports.web}/-/ready`),
  });
  const url = `http://127.0.0.1:${server.ports.web}`;

  async function ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await server.fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { data: T } & Record<string, unknown>;
    if (!response.ok)
      throw new Error(`Prometheus ${version}: ${answer['error']} (${JSON.stringify(parameters)})`);
    return answer.data;
  }

  return Object.assign(server, {
    url,
    async query(promql: string, at?: Date) {
      const time: Record<string, string> = at === undefined ? {} : { time: String(at.getTime() / 1000) };
      const answer = await ask<QueryAnswer>('query', { query: promql, ...time });
      if (answer.resultType === 'vector') {
        return answer.result.map(({ metric, value }) => ({ labels: metric, value: number(value[1]) }));
      }
      if (answer.resultType === 'scalar') return [{ labels: {}, value: number(answer.result[1]) }];
      throw new Error(`${promql} is a ${answer.resultType}: only vectors and scalars are read here`);
    },
    async alerts() {
      const { alerts } = await ask<{ alerts: (Omit<PrometheusAlert, 'activeAt' | 'value'> & AlertTexts)[] }>(
        'alerts',
      );
      return alerts.map(({ labels, annotations, state, activeAt, value }) => ({
        ...{ labels, annotations, state },
        activeAt: new Date(activeAt),
        value: number(value),
      }));
    },
  });
}

/** `promtool check rules …`, `promtool test rules …`; relative paths are below `cwd`. */
export function promtool(
  version: PrometheusVersion,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): ProgramResult {
  return runProgram(serverProgram(`prometheus-${version}`, 'promtool'), args, options);
}

type QueryAnswer =
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
  | { resultType: 'scalar'; result: [number, string] }
  | { resultType: 'matrix' | 'string' };

interface AlertTexts {
  activeAt: string;
  value: string;
}

/** Prometheus writes numbers as text, infinity as `+Inf`. */
function number(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
