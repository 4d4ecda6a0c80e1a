import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { readLogin } from './connection-string';
import { connectError, EndpointError, statementError } from './endpoint-error';
import { type FaultPlan, type Faults, UnknownFault } from './faults';
import type { HttpConnections, Lease } from './http-connections';
import type { PostgresAddress } from './postgres-address';
import type { RolePasswords } from './role-passwords';
import { readHeaders, readRequest, type SqlHeaders, type SqlRequest } from './sql-request';
import { ResponseLimit, runStatement, startTransaction } from './statements';
import type { Stats } from './stats';
import { cancelRequest, sendCancel } from './wire';

export interface SqlEndpoint {
  readonly address: Required<PostgresAddress>;
  readonly connections: HttpConnections;
  readonly faults: FaultPlan;
  readonly stats: Stats;
  readonly rolePasswords: RolePasswords;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
}

/** Headers of every answer. */
export function commonHeaders(): Record<string, string> {
  return { 'neon-request-id': randomUUID(), 'content-type': 'application/json' };
}

/** Answers `POST /sql`. */
export async function answerSql(
  endpoint: SqlEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  endpoint.stats.requests++;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let faults: Faults = {};
  try {
    faults = endpoint.faults.take('http', url);
    if (faults.delay !== undefined) await sleep(faults.delay, undefined, { signal: gone.signal });
    if (isAnsweredByFault(faults, request, response)) return;
    const headers = readHeaders(request.headers);
    const login = readLogin(request.headers, endpoint.rolePasswords);
    const asked = await readRequest(request, headers, endpoint.maxRequestBytes);
    const lease = await endpoint.connections.acquire(login).catch((error: unknown) => {
      throw connectError(error, login.user);
    });
    const json = await run(endpoint, lease, asked, headers, gone.signal);
    await send(response, json, echoed(asked, headers), faults, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return;
    request.resume();
    const answer = error instanceof UnknownFault ? new EndpointError(400, error.message) : error;
    if (!(answer instanceof EndpointError)) throw error;
    response.writeHead(answer.status, commonHeaders()).end(JSON.stringify(answer.body()));
  }
}

/** Runs the statements, cancels them when the client disconnects, and returns the connection. */
async function run(
  endpoint: SqlEndpoint,
  { client, release }: Lease,
  asked: SqlRequest,
  headers: SqlHeaders,
  gone: AbortSignal,
): Promise<string> {
  let isReusable = false;
  const cancel = () => {
    endpoint.stats.cancelled++;
    void sendCancel(endpoint.address, cancelRequest(client.processID, client.secretKey));
  };
  try {
    gone.throwIfAborted();
    gone.addEventListener('abort', cancel, { once: true });
    const limit = new ResponseLimit(endpoint.maxResponseBytes);
    const statement = (one: Parameters<typeof runStatement>[1]) => {
      gone.throwIfAborted();
      endpoint.stats.statements++;
      return runStatement(client, one, headers.rawText, limit);
    };
    let json: string;
    if (asked.type === 'single') {
      json = await statement(asked.statement);
    } else {
      // An error ends the batch: Postgres undoes it and releases its locks before it reports the error. The reset of the
      // session (http-connections.ts) sends ROLLBACK.
      await client.query(startTransaction(headers));
      const results: string[] = [];
      for (const one of asked.statements) results.push(await statement(one));
      await client.query('COMMIT');
      json = `{"results":[${results.join(',')}]}`;
    }
    // A cancel request that is still on its way would cancel the next query of this connection.
    isReusable = !gone.aborted;
    return json;
  } catch (error) {
    isReusable = error instanceof DatabaseError && error.severity === 'ERROR' && !gone.aborted;
    throw statementError(error);
  } finally {
    gone.removeEventListener('abort', cancel);
    release(isReusable);
  }
}

/** The response to a batch repeats its options: sql_over_http.rs, handle_db_inner. */
function echoed(asked: SqlRequest, headers: SqlHeaders): Record<string, string> {
  if (asked.type === 'single') return {};
  return {
    ...(headers.readOnly ? { 'neon-batch-read-only': 'true' } : {}),
    ...(headers.deferrable ? { 'neon-batch-deferrable': 'true' } : {}),
    ...(headers.isolationLevel === undefined ? {} : { 'neon-batch-isolation-level': headers.isolationLevel }),
  };
}

function isAnsweredByFault(faults: Faults, request: IncomingMessage, response: ServerResponse): boolean {
  if (faults.reset) {
    request.socket.resetAndDestroy();
    return true;
  }
  if (faults.status !== undefined) {
    throw new EndpointError(faults.status, `fault status:${faults.status}`);
  }
  if (faults['non-json']) {
    request.resume();
    response
      .writeHead(200, { ...commonHeaders(), 'content-type': 'text/html; charset=utf-8' })
      .end('<!DOCTYPE html><title>fault non-json</title>');
    return true;
  }
  return false;
}

async function send(
  response: ServerResponse,
  json: string,
  headers: Record<string, string>,
  faults: Faults,
  gone: AbortSignal,
): Promise<void> {
  const body = Buffer.from(json);
  response.writeHead(200, { ...commonHeaders(), ...headers, 'content-length': body.length });
  const half = body.length >> 1;
  if (faults['early-close']) {
    response.write(body.subarray(0, half), () => response.destroy());
  } else if (faults['slow-body'] !== undefined) {
    response.write(body.subarray(0, half));
    await sleep(faults['slow-body'], undefined, { signal: gone });
    response.end(body.subarray(half));
  } else {
    response.end(body);
  }
}
