import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerAdmin } from './admin';
import { type FaultOptions, FaultPlan } from './faults';
import { HttpConnections } from './http-connections';
import { type PostgresAddress, readPostgresAddress } from './postgres-address';
import { answerSql, commonHeaders, type SqlEndpoint } from './sql-endpoint';
import { noStats, type Stats } from './stats';
import { WebSocketProxy } from './websocket-proxy';

export interface NeonLocalOptions {
  /**
   * Where Postgres listens: `postgres://host:port`, with `?sslmode=require` (encrypted, no check of the certificate)
   * or `verify-full` for TLS; or `{ host, port, ssl }`. User, password and database come with each request.
   */
  readonly postgres: string | PostgresAddress;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Passwords by role, for requests that have a bearer token (`authToken`) and no password. Default: none. */
  readonly rolePasswords?: Readonly<Record<string, string>>;
  /** A longer request is answered with 413. Default 10 MiB, as with Neon. */
  readonly maxRequestBytes?: number;
  /** A longer response is answered with 507. Default 10 MiB, as with Neon. */
  readonly maxResponseBytes?: number;
  /** Connections to Postgres for the HTTP requests of one role and database; further requests wait. Default 20. */
  readonly maxHttpConnections?: number;
}

export interface NeonLocal {
  readonly host: string;
  readonly port: number;
  /** For `neonConfig.fetchEndpoint`: `http://127.0.0.1:4444/sql` */
  readonly httpUrl: string;
  /** For `neonConfig.wsProxy`: `127.0.0.1:4444/v2` */
  readonly wsProxy: string;
  /**
   * What goes wrong with the next requests, or with the next WebSockets (`{ on: 'websocket' }`), in place of what
   * was set for them before: `setFault('status:429', { times: 2 })`.
   *
   * @throws for a fault that does not exist, with those that do
   */
  setFault(fault: string, options?: FaultOptions): void;
  clearFaults(): void;
  /** What was served so far. */
  stats(): Readonly<Stats>;
  /** Closes everything: requests that run, WebSockets, connections to Postgres. */
  stop(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Starts a Neon endpoint in this process. It uses `pg`: a test of an instrumentation of `pg` runs it in a process
 * of its own, by the `neon-local` command.
 *
 * @throws {TypeError} for a setting that is wrong, with what it takes
 * @throws when the port is taken
 * @example
 * const endpoint = await startNeonLocal({ postgres: 'postgres://localhost:5432' });
 * neonConfig.fetchEndpoint = endpoint.httpUrl;
 */
export async function startNeonLocal(options: NeonLocalOptions): Promise<NeonLocal> {
  const address = readPostgresAddress('postgres', options.postgres);
  const faults = new FaultPlan();
  const stats = noStats();
  const sql: SqlEndpoint = {
    address,
    connections: new HttpConnections(address, options.maxHttpConnections ?? 20),
    faults,
    stats,
    rolePasswords: options.rolePasswords ?? {},
    maxRequestBytes: options.maxRequestBytes ?? 10 * MEBIBYTE,
    maxResponseBytes: options.maxResponseBytes ?? 10 * MEBIBYTE,
  };
  const proxy = new WebSocketProxy(address, faults, stats);

  const server = http.createServer((request, response) => {
    const url = urlOf(request);
    const answered = url.pathname.startsWith('/neon-local/')
      ? answerAdmin(faults, stats, request, response, url.pathname)
      : answerNeon(sql, request, response, url);
    answered.catch((error: unknown) => answerFailure(response, error));
  });
  server.on('upgrade', (request, socket: Socket, head) => {
    proxy.upgrade(request, socket, head, urlOf(request)).catch(() => socket.destroy());
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  const host = options.host ?? '127.0.0.1';
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    host,
    port,
    httpUrl: `http://${authority}/sql`,
    wsProxy: `${authority}/v2`,
    setFault: (fault, faultOptions) => faults.set(fault, faultOptions),
    clearFaults: () => faults.clear(),
    stats: () => ({ ...stats }),
    async stop() {
      proxy.closeAll();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await sql.connections.end();
    },
  };
}

/** proxy/src/serverless/mod.rs, request_handler. */
async function answerNeon(
  sql: SqlEndpoint,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  url: URL,
): Promise<void> {
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /sql':
      return answerSql(sql, request, response, url);
    case 'OPTIONS /sql':
      response
        .writeHead(200, {
          ...commonHeaders(),
          allow: 'OPTIONS, POST',
          'access-control-allow-headers':
            'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
          'access-control-max-age': '86400',
        })
        .end();
      return;
    default:
      request.resume();
      response.writeHead(400, commonHeaders()).end(JSON.stringify('query is not supported'));
  }
}

/** What should not happen: told as the real one tells it. */
function answerFailure(response: http.ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500, commonHeaders()).end(JSON.stringify({ msg: String(error) }));
}

function urlOf({ url = '/' }: http.IncomingMessage): URL {
  const base = 'http://localhost';
  return new URL(URL.canParse(url, base) ? url : '/', base);
}
