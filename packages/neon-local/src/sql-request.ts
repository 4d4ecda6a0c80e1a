import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { EndpointError } from './endpoint-error';
import { parameterText } from './parameter-text';
import { readBody } from './request-body';

export interface Statement {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  /** Rows are arrays, else objects. */
  readonly arrayMode: boolean;
}

export type SqlRequest =
  | { readonly type: 'single'; readonly statement: Statement }
  | { readonly type: 'batch'; readonly statements: readonly Statement[] };

export interface SqlHeaders {
  /** Values are the text of Postgres, else JSON. */
  readonly rawText: boolean;
  readonly arrayMode: boolean;
  readonly isolationLevel: IsolationLevel | undefined;
  readonly readOnly: boolean;
  readonly deferrable: boolean;
}

type IsolationLevel = keyof typeof ISOLATION_LEVELS;

/** Values of the header, and their names in SQL. */
export const ISOLATION_LEVELS = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
} as const;

/** The deepest nesting that serde_json accepts in Neon's proxy. It also limits the recursion that writes parameters as text. */
const MAX_LEVELS = 127;

/** Values other than `true` count as false. @throws {EndpointError} 400 for an unknown isolation level */
export function readHeaders(headers: IncomingHttpHeaders): SqlHeaders {
  const level = headers['neon-batch-isolation-level'];
  if (level !== undefined && !Object.hasOwn(ISOLATION_LEVELS, String(level))) {
    throw new EndpointError(400, 'invalid isolation level');
  }
  return {
    rawText: headers['neon-raw-text-output'] === 'true',
    arrayMode: headers['neon-array-mode'] === 'true',
    isolationLevel: level as IsolationLevel | undefined,
    readOnly: headers['neon-batch-read-only'] === 'true',
    deferrable: headers['neon-batch-deferrable'] === 'true',
  };
}

/** @throws {EndpointError} 413 above the limit, 400 for a body that is not a query */
export async function readRequest(
  request: IncomingMessage,
  headers: SqlHeaders,
  maxBytes: number,
): Promise<SqlRequest> {
  const body = parseJson(await readBody(request, maxBytes));
  if (isObject(body) && 'query' in body) {
    return { type: 'single', statement: readStatement(body, headers) };
  }
  if (isObject(body) && Array.isArray(body['queries'])) {
    return { type: 'batch', statements: body['queries'].map((query) => readStatement(query, headers)) };
  }
  throw unreadable('neither "query" nor "queries"');
}

function readStatement(given: unknown, { arrayMode }: SqlHeaders): Statement {
  if (!isObject(given) || typeof given['query'] !== 'string') throw unreadable('"query" must be a string');
  // In the protocol, a NUL ends the statement. Postgres would read the rest as other fields of the message.
  if (given['query'].includes('\0')) throw unreadable('"query" must not contain NUL');
  const params = given['params'] ?? [];
  if (!Array.isArray(params)) throw unreadable('"params" must be an array');
  const ownMode = given['arrayMode'] ?? undefined;
  if (ownMode !== undefined && typeof ownMode !== 'boolean')
    throw unreadable('"arrayMode" must be true or false');
  return { text: given['query'], parameters: params.map(parameterText), arrayMode: ownMode ?? arrayMode };
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable((error as SyntaxError).message);
  }
  if (isDeeper(value, MAX_LEVELS)) throw unreadable(`it has more than ${MAX_LEVELS} levels`);
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function unreadable(reason: string): EndpointError {
  return new EndpointError(400, `could not parse the HTTP request body: ${reason}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
