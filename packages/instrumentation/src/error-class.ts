import { OTHER } from './semconv';
import { conditionName } from './sqlstate';
import { copyText } from './text-copies';

/** What an error is called in telemetry: nothing of it holds user data. */
export interface ErrorClass {
  /** `error.type`: the SQLSTATE, else the code of the client's error, else the class name of the exception. */
  readonly type: string;
  /** `db.response.status_code`, when the server answered. */
  readonly sqlState: string | undefined;
  /** Text of the span's status: SQLSTATE and condition name of PostgreSQL's Appendix A, or the type. */
  readonly description: string;
}

/** Ours: pg-pool forgets the requests that wait when it ends, and tells nobody (index.js, `_pulseQueue`). */
export const POOL_ENDED = 'The pool ended while the request waited';

/**
 * Errors that the driver makes itself carry no code, only a message.
 * Sources: pg lib/client.js and lib/connection.js, pg-pool index.js.
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
  ['Cannot use a pool after calling end on the pool', 'pool_closed'],
  [POOL_ENDED, 'pool_closed'],
  ['The server does not support SSL connections', 'tls_unsupported'],
];
const TYPE_BY_MESSAGE = new Map(DRIVER_MESSAGES);

/**
 * Messages that say more than their kind. When Neon's proxy refuses a password it sends no SQLSTATE over HTTP, and
 * XX000 (internal_error) over WebSocket.
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
 * What Neon makes of a fetch that failed. Outside of Node that has no code, and the name of the class is the
 * bundler's.
 */
const NOT_CONNECTED = 'Error connecting to database: ';
/** All that the WebSocket of the platform says when it cannot be opened; that of the package `ws` has the error in it. */
const WEBSOCKET_FAILED = 'ErrorEvent';

/** `name` of a DOMException: what an AbortSignal gives as the reason unless it is told another. */
const TYPE_BY_NAME = new Map([
  ['AbortError', 'aborted'],
  ['TimeoutError', 'timeout'],
]);

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Five-letter codes of the operating system (EPIPE, EPERM, …) look like SQLSTATEs; no SQLSTATE class starts with E. */
const SYSTEM_CODE = /^E[A-Z]/;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/**
 * A member of something foreign: it may be a getter that throws, and so may any trap of a Proxy.
 *
 * @returns `undefined` where it cannot be read
 */
function read(object: object, name: string): unknown {
  try {
    return (object as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Classifies whatever was thrown or rejected; never throws itself, whatever getters the value has. */
export function classifyError(error: unknown): ErrorClass {
  if (!isObject(error)) return named(typeof error);
  const code = read(error, 'code');
  const message = read(error, 'message');
  if (typeof code === 'string') {
    if (SQLSTATE.test(code) && !SYSTEM_CODE.test(code)) {
      // Neon's proxy has one SQLSTATE for all errors of its own.
      const meant = code === 'XX000' && typeof message === 'string' ? typeOfMessage(message) : undefined;
      const type = meant ?? code;
      return { type, sqlState: code, description: described(type) };
    }
    if (CODE.test(code)) return named(code);
  }
  const known = typeof message === 'string' ? typeOfMessage(message) : undefined;
  if (known !== undefined) return { ...named(known), description: described(known) };
  const behind = typeBehind(error, 0);
  if (behind !== undefined) return named(behind);
  if (typeof message === 'string' && message.startsWith(NOT_CONNECTED)) return named('connection_failed');
  const name = declaredClassName(error);
  return named(name === WEBSOCKET_FAILED ? 'connection_failed' : (name ?? OTHER));
}

/** `exception.type`: the name of the class of an error, else what kind of value it is. */
export function classNameOf(error: unknown): string {
  return isObject(error) ? (declaredClassName(error) ?? 'Error') : typeof error;
}

/** Only what may be the name of a class: code makes classes of data, too. */
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

/** How deep errors are wrapped: Neon's in its own, fetch's in a TypeError, a socket's in an event. */
const DEEPEST_CAUSE = 5;

/** What an error that only passes another one on is about: the code of that one, or the reason of an abort. */
function typeBehind(error: object, depth: number): string | undefined {
  const name = read(error, 'name');
  const sourceError = read(error, 'sourceError');
  const byName = typeof name === 'string' ? TYPE_BY_NAME.get(name) : undefined;
  if (byName !== undefined) return byName;
  // fetch rejects with an error, or with whatever an AbortSignal was given as the reason.
  if (sourceError !== undefined && !isErrorLike(sourceError)) return 'aborted';
  const inner = sourceError ?? read(error, 'cause') ?? read(error, 'error');
  if (!isObject(inner) || depth === DEEPEST_CAUSE) return undefined;
  const code = read(inner, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : typeBehind(inner, depth + 1);
}

const isErrorLike = (value: unknown): boolean =>
  isObject(value) && typeof read(value, 'message') === 'string';

/** With the name of the condition, where it is a SQLSTATE. */
function described(type: string): string {
  const condition = conditionName(type);
  return condition ? `${type} ${condition}` : type;
}

/** Series and windows keep a type for long. */
function named(code: string): ErrorClass {
  const type = copyText(code);
  return { type, sqlState: undefined, description: type };
}
