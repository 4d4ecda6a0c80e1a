import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerAdmin } from './admin';
import { AllowedRequests } from './allowed-requests';
import { type FaultOptions, FaultPlan } from './faults';
import { HttpConnections } from './http-connections';
import { type PostgresAddress, readPostgresAddress } from './postgres-address';
import { RolePasswords } from './role-passwords';
import { answerSql, commonHeaders, type SqlEndpoint } from './sql-endpoint';
import { noStats, type Stats } from './stats';
import { refuse, WebSocketProxy } from './websocket-proxy';

/** Options of the local Neon endpoint. */
export interface NeonLocalOptions {
  /**
   * Where Postgres listens: `postgres://host:port`, with `?sslmode=require` (encrypted, no check of the certificate)
   * or `verify-full` for TLS; or `{ host, port, ssl }`. User, password and database come with each request.
   */
  readonly postgres: string | PostgresAddress;
  /** The name or address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** The port to listen on. Default 0: any free port. */
  readonly port?: number;
  /**
   * Names that are accepted in the `Host` header, without a port: `db.example`. `host`, `localhost`, `*.localhost` and IP
   * addresses are always accepted. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** Origins whose web pages may send requests: `http://localhost:5173`. Default: none; pages get status 403. */
  readonly allowedOrigins?: readonly string[];
  /**
   * Passwords by role. Each request and WebSocket of such a role must have this password; a request without a password
   * may have it as bearer token (`authToken`). Default: none, so only Postgres checks passwords.
   */
  readonly rolePasswords?: Readonly<Record<string, string>>;
  /** The largest request in bytes. Larger ones get status 413. Default 10 MiB, as with Neon. */
  readonly maxRequestBytes?: number;
  /** The largest response in bytes. Instead of larger ones, status 507 is sent. Default 10 MiB, as with Neon. */
  readonly maxResponseBytes?: number;
  /** The most connections to Postgres for HTTP requests of one role and database. Further requests wait. Default 20. */
  readonly maxHttpConnections?: number;
  /** The time in milliseconds for a WebSocket client to send its password. Default 60,000, as with Postgres. */
  readonly loginTimeoutMillis?: number;
}

/** A running local Neon endpoint. */
export interface NeonLocal {
  readonly host: string;
  readonly port: number;
  /** For `neonConfig.fetchEndpoint`: `http://127.0.0.1:4444/sql` */
  readonly httpUrl: string;
  /** For `neonConfig.wsProxy`: `127.0.0.1:4444/v2` */
  readonly wsProxy: string;
  /**
   * Sets a fault for the next requests, or for the next WebSockets (`{ on: 'websocket' }`). It replaces an earlier one:
   * `setFault('status:429', { times: 2 })`.
   *
   * @throws when the fault does not exist; the message lists the accepted faults
   */
  setFault(fault: string, options?: FaultOptions): void;
  clearFaults(): void;
  /** Counts of everything served so far. */
  stats(): Readonly<Stats>;
  /** Stops the endpoint, and closes running requests, WebSockets and connections to Postgres. */
  stop(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;

/** Headers of every response. With them, browsers without `Sec-Fetch-Site` cannot embed it in pages of other origins. */
const NOT_FOR_OTHER_SITES = new Map([
  ['cross-origin-resource-policy', 'same-origin'],
  ['x-content-type-options', 'nosniff'],
]);

/**
 * Starts a Neon endpoint in this process. It uses `pg`, so to test an instrumentation of `pg`, run the `neon-local`
 * command in a separate process instead.
 *
 * @throws {TypeError} when an option is not accepted; the message names the accepted values
 * @throws when the port is taken
 * @example
 * const endpoint = await startNeonLocal({ postgres: 'postgres://localhost:5432' });
 * neonConfig.fetchEndpoint = endpoint.httpUrl;
 */
export async function startNeonLocal(options: NeonLocalOptions): Promise<NeonLocal> {
  const address = readPostgresAddress('postgres', options.postgres);
  const host = options.host ?? '127.0.0.1';
  const allowed = new AllowedRequests({ ...options, host });
  const rolePasswords = new RolePasswords(options.rolePasswords ?? {});
  const faults = new FaultPlan();
  const stats = noStats();
  const sql: SqlEndpoint = {
    address,
    connections: new HttpConnections(address, options.maxHttpConnections ?? 20),
    faults,
    stats,
    rolePasswords,
    maxRequestBytes: options.maxRequestBytes ?? 10 * MEBIBYTE,
    maxResponseBytes: options.maxResponseBytes ?? 10 * MEBIBYTE,
  };
  const session = { address, rolePasswords, loginTimeoutMillis: options.loginTimeoutMillis ?? 60_000 };
  const proxy = new WebSocketProxy(session, faults, stats);

  const server = http.createServer((request, response) => {
    response.setHeaders(NOT_FOR_OTHER_SITES);
    const admission = allowed.admit(request);
    if (admission.type === 'refused') {
      request.resume();
      response.writeHead(403, commonHeaders()).end(JSON.stringify({ message: admission.reason }));
      return;
    }
    response.setHeader('vary', 'Origin');
    if (admission.origin !== undefined) {
      response.setHeader('access-control-allow-origin', admission.origin);
    }
    const url = urlOf(request);
    const answered = url.pathname.startsWith('/neon-local/')
      ? answerAdmin(faults, stats, request, response, url.pathname)
      : answerNeon(sql, request, response, url);
    answered.catch((error: unknown) => answerFailure(response, error));
  });
  server.on('upgrade', (request, socket: Socket, head) => {
    // A client that disconnects early is not an error of the endpoint.
    socket.on('error', () => {});
    const admission = allowed.admit(request);
    if (admission.type === 'refused') {
      refuse(socket, 403, admission.reason);
      return;
    }
    proxy.upgrade(request, socket, head, urlOf(request)).catch(() => socket.destroy());
  });
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');

  const { port, address: bound } = server.address() as AddressInfo;
  if (!isLoopback(bound)) warnReachable(bound, port);
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

/** Answers the paths of Neon: proxy/src/serverless/mod.rs, request_handler. */
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

/** Sends the response of Neon to an unexpected error. */
function answerFailure(response: http.ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500, commonHeaders()).end(JSON.stringify({ msg: String(error) }));
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function warnReachable(address: string, port: number): void {
  process.emitWarning(
    `neon-local listens on ${address}, port ${port}: every machine that reaches it may log in to Postgres and set faults. Listen on 127.0.0.1 unless you trust that network.`,
    { code: 'PG_OTEL_NEON_LOCAL_REACHABLE' },
  );
}

function urlOf({ url = '/' }: http.IncomingMessage): URL {
  const base = 'http://localhost';
  return new URL(URL.canParse(url, base) ? url : '/', base);
}
