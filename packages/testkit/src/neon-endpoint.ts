import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { repository } from './installations';
import type { PostgresServer } from './postgres';

/** Counts of served requests and connections, by `@pg-otel/neon-local`. */
export interface NeonEndpointStats {
  readonly requests: number;
  readonly statements: number;
  readonly cancelled: number;
  readonly connections: number;
  readonly openConnections: number;
}

/** A Neon endpoint in a separate process: its use of `pg` is not visible in this one. */
export interface NeonEndpoint {
  /** For `neonConfig.fetchEndpoint`; with a fault for one request: `${httpUrl}?fault=status:429`. */
  readonly httpUrl: string;
  /** For `neonConfig.wsProxy`, with `useSecureWebSocket` off. */
  readonly wsProxy: string;
  /** For `neon(url)`, `new Pool({ connectionString: url })`. */
  readonly url: string;
  /** NEON_FETCH_ENDPOINT, NEON_WS_PROXY and DATABASE_URL for a child process. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets a fault of the next requests or connections. @throws for an unknown fault */
  setFault(
    fault: string,
    options?: { readonly on?: 'http' | 'websocket'; readonly times?: number },
  ): Promise<void>;
  clearFaults(): Promise<void>;
  stats(): Promise<NeonEndpointStats>;
  stop(): Promise<void>;
}

const command = path.join(repository, 'packages/neon-local/dist/cli/main.js');

/**
 * Starts the `neon-local` command in front of a Postgres. It ends with `stop()`, at the latest when this process ends
 * in any way.
 *
 * @throws when it does not start; its message is on stderr
 */
export async function startNeonEndpoint(
  postgres: Pick<PostgresServer, 'host' | 'port' | 'url' | 'user' | 'password'>,
): Promise<NeonEndpoint> {
  const { host, port, url, user, password } = postgres;
  const child = spawn(
    process.execPath,
    [
      command,
      ...['--postgres', `postgres://${host}:${port}`, '--port', '0', '--json', '--stop-with-stdin'],
      ...['--role-password', `${user}=${password}`],
    ],
    // Its own process group: Ctrl-C goes to the parent process only.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  const ended = once(child, 'exit');
  const firstLine = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const started = await Promise.race([firstLine, ended.then(() => undefined)]);
  if (started === undefined) throw new Error('neon-local did not start');
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as Socket).unref();

  const { httpUrl, wsProxy } = JSON.parse(started[0]) as { httpUrl: string; wsProxy: string };
  const admin = async (method: string, what: string, body?: unknown): Promise<Response> => {
    const response = await fetch(new URL(`/neon-local/${what}`, httpUrl), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(((await response.json()) as { message: string }).message);
    return response;
  };
  return {
    httpUrl,
    wsProxy,
    url,
    env: { NEON_FETCH_ENDPOINT: httpUrl, NEON_WS_PROXY: wsProxy, DATABASE_URL: url },
    setFault: async (fault, options) => void (await admin('POST', 'faults', { fault, ...options })),
    clearFaults: async () => void (await admin('DELETE', 'faults')),
    stats: async () => (await (await admin('GET', 'stats')).json()) as NeonEndpointStats,
    async stop() {
      child.ref();
      child.kill('SIGTERM');
      await ended;
    },
  };
}
