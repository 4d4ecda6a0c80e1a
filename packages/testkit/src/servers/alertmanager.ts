import { type ConfigSource, configFile, writeFiles } from './config-source';
import { type ProgramResult, runProgram, serverProgram } from './programs';
import { answersOk, type ServerProcess, startServerProcess } from './server-process';

export interface AlertmanagerOptions {
  readonly config: ConfigSource;
  /** Texts by file name, next to a `config` given as text: templates. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/** As API v2 takes it. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** As API v2 returns it. */
export interface AlertmanagerAlert extends Required<PostableAlert> {
  readonly fingerprint: string;
  readonly updatedAt: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

export interface Alertmanager extends ServerProcess<'web'> {
  readonly url: string;
  /** All that it has: active, silenced and inhibited. */
  alerts(): Promise<AlertmanagerAlert[]>;
  /** @throws when one is refused; those that are good are taken then all the same */
  send(alerts: readonly PostableAlert[]): Promise<void>;
}

/** Starts a real Alertmanager, alone (no cluster). @throws when it does not start, with its log */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { config, files = {}, flags = [] } = options;
  const server = await startServerProcess({
    name: 'alertmanager',
    program: serverProgram('alertmanager', 'alertmanager'),
    ports: ['web'],
    args: ({ ports, folder }) => {
      writeFiles(files, folder);
      return [
        `--config.file=${configFile(config, folder, 'alertmanager.yml')}`,
        `--storage.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${ports.web}`,
        '--cluster.listen-address=',
        ...flags,
      ];
    },
    isReady: ({ ports }) => answersOk(`http://127.0.0.1:${ports.web}/-/ready`),
  });
  const url = `http://127.0.0.1:${server.ports.web}`;

  async function ask(init?: RequestInit): Promise<Response> {
    const response = await server.fetch(`${url}/api/v2/alerts`, init);
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
    return response;
  }

  return Object.assign(server, {
    url,
    alerts: async () => (await (await ask()).json()) as AlertmanagerAlert[],
    async send(alerts: readonly PostableAlert[]) {
      const headers = { 'content-type': 'application/json' };
      await ask({ method: 'POST', headers, body: JSON.stringify(alerts) });
    },
  });
}

/** `amtool check-config …`, `amtool config routes test …`. */
export function amtool(args: readonly string[], options: { readonly cwd?: string } = {}): ProgramResult {
  return runProgram(serverProgram('alertmanager', 'amtool'), args, options);
}
