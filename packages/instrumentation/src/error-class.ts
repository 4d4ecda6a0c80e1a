import { OTHER } from './semconv';
import { conditionName } from './sqlstate';
import { copyText } from './text-copies';

/** How telemetry names an error. It contains no user data. */
export interface ErrorClass {
  /** `error.type`: the SQLSTATE, else the code of the client's error, else its class name. */
  readonly type: string;
  /** `db.response.status_code`: the SQLSTATE; `undefined` when the error is not the server's. */
  readonly sqlState: string | undefined;
  /** The description of the span's status: SQLSTATE and condition name (PostgreSQL, Appendix A), else the type. */
  readonly description: string;
}

/**
 * The message of pg-otel for waiting requests that pg-pool drops without an error when it ends (index.js,
 * `_pulseQueue`).
 */
export const POOL_ENDED = 'The pool ended while the request waited';

/**
 * Error types for the driver's own errors, which have a message and no code.
 * Sources: pg lib/client.js and lib/connection.js, pg-pool index.js, @electric-sql/pglite src/pglite.ts.
 */
const DRIVER_MESSAGES: readonly (readonly [message: string, type: string])[] = [
  ['Query read timeout', 'timeout'],
  ['timeout expired', 'timeout'],
  ['timeout exceeded when trying to connect', 'timeout'],
  ['Connection terminated due to connection timeout', 'timeout'],
  ['Connection terminated unexpectedly', 'connection_terminated'],
  ['Connection terminated', 'connection_terminated'],
  ['Client was closed and is not queryable', 'client_closed'],
  ['Client has encountered a connection error and is not queryable', 'client_closed'],
  ['PGlite is closing', 'client_closed'],
  ['PGlite is closed', 'client_closed'],
  ['Cannot use a pool after calling end on the pool', 'pool_closed'],
  [POOL_ENDED, 'pool_closed'],
  ['The server does not support SSL connections', 'tls_unsupported'],
];
const TYPE_BY_MESSAGE = new Map(DRIVER_MESSAGES);

/**
 * Error types for messages of Neon. When Neon's proxy rejects a password, it sends no SQLSTATE over HTTP, and XX000
 * (internal_error) over WebSocket.
 * Sources: @neondatabase/serverless src/httpQuery.ts, neondatabase/neon proxy/src/error.rs.
 */
const NEON_MESSAGES: readonly (readonly [message: RegExp, type: (match: RegExpExecArray) => string])[] = [
  [/^Server error \(HTTP status (\d{3})\)/, (match) => match[1] ?? OTHER],
  [/^password authentication failed for user/, () => '28P01'],
  [/^Error getting auth token/, () => 'auth_token'],
  [/^Database connection string provided to neon\(\) is not/, () => 'invalid_connection_string'],
  [
    /^(Connection (string|parameter)|Please specify one only of|Wrong URL scheme) /,
    () => 'invalid_connection_string',
  ],
];

/**
 * The message of Neon's driver for a failed fetch. Outside Node the error has no code, and a bundler may have renamed
 * its class.
 */
const NOT_CONNECTED = 'Error connecting to database: ';
/** The class of the error when the runtime's WebSocket cannot be opened. The package `ws` includes the cause as well. */
const WEBSOCKET_FAILED = 'ErrorEvent';

/** Error types for the default reasons of an AbortSignal, by the `name` of the DOMException. */
const TYPE_BY_NAME = new Map([
  ['AbortError', 'aborted'],
  ['TimeoutError', 'timeout'],
]);

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Operating system codes of five letters (EPIPE, EPERM, …) look like SQLSTATEs, but no SQLSTATE class starts with E. */
const SYSTEM_CODE = /^E[A-Z]/;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/**
 * Reads a property of any object, which may have getters or Proxy traps that throw.
 *
 * @returns `undefined` when the property cannot be read
 */
function read(object: object, name: string): unknown {
  try {
    return (object as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Classifies any thrown or rejected value. Never throws, regardless of the value's getters. */
export function classifyError(error: unknown): ErrorClass {
  if (!isObject(error)) return named(typeof error);
  const code = read(error, 'code');
  const message = read(error, 'message');
  if (typeof code === 'string') {
    if (SQLSTATE.test(code) && !SYSTEM_CODE.test(code)) {
      // Neon's proxy sends XX000 for all its errors.
      const meant = code === 'XX000' && typeof message === 'string' ? typeOfMessage(message) : undefined;
      const type = meant ?? code;
      return { type, sqlState: code, description: described(type) };
    }
    if (CODE.test(code)) return named(code);
  }
  const known = typeof message === 'string' ? typeOfMessage(message) : undefined;
  if (known !== undefined) return { ...named(known), description: described(known) };
  const cause = typeOfCause(error, 0);
  if (cause !== undefined) return named(cause);
  if (typeof message === 'string' && message.startsWith(NOT_CONNECTED)) return named('connection_failed');
  const name = declaredClassName(error);
  return named(name === WEBSOCKET_FAILED ? 'connection_failed' : (name ?? OTHER));
}

/** `exception.type`: the class name of an error; for other values, the result of `typeof`. */
export function classNameOf(error: unknown): string {
  return isObject(error) ? (declaredClassName(error) ?? 'Error') : typeof error;
}

/** The class name, if it looks like one. Programs may also create classes with names that contain data. */
function declaredClassName(error: object): string | undefined {
  const itsClass = read(error, 'constructor');
  const name = typeof itsClass === 'function' ? read(itsClass, 'name') : undefined;
  return typeof name === 'string' && CLASS_NAME.test(name) ? copyText(name) : undefined;
}

function typeOfMessage(message: string): string | undefined {
  const exact = TYPE_BY_MESSAGE.get(message);
  if (exact !== undefined) return exact;
  for (const [pattern, type] of NEON_MESSAGES) {
    const match = pattern.exec(message);
    if (match !== null) return type(match);
  }
  return undefined;
}

/** How many causes are followed. Neon's driver, fetch and WebSockets each wrap the error of the layer below. */
const DEEPEST_CAUSE = 5;

/** The type of the error inside a wrapping error: its code, or the reason of an abort. */
function typeOfCause(error: object, depth: number): string | undefined {
  const name = read(error, 'name');
  const sourceError = read(error, 'sourceError');
  const byName = typeof name === 'string' ? TYPE_BY_NAME.get(name) : undefined;
  if (byName !== undefined) return byName;
  // fetch rejects with an error, or with the reason given to an AbortSignal, which may be any value.
  if (sourceError !== undefined && !isErrorLike(sourceError)) return 'aborted';
  const inner = sourceError ?? read(error, 'cause') ?? read(error, 'error');
  if (!isObject(inner) || depth === DEEPEST_CAUSE) return undefined;
  const code = read(inner, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : typeOfCause(inner, depth + 1);
}

const isErrorLike = (value: unknown): boolean =>
  isObject(value) && typeof read(value, 'message') === 'string';

/** The type, with the condition name if it is an SQLSTATE. */
function described(type: string): string {
  const condition = conditionName(type);
  return condition ? `${type} ${condition}` : type;
}

/** The class of an error with this code. The code is copied, because metrics keep it for a long time. */
function named(code: string): ErrorClass {
  const type = copyText(code);
  return { type, sqlState: undefined, description: type };
}
