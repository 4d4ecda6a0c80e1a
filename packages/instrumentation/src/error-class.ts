import { OTHER } from './semconv';
import { conditionName } from './sqlstate';

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

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Five-letter codes of the operating system (EPIPE, EPERM, …) look like SQLSTATEs; no SQLSTATE class starts with E. */
const SYSTEM_CODE = /^E[A-Z]/;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/** Classifies whatever was thrown or rejected; never throws itself, whatever getters the value has. */
export function classifyError(error: unknown): ErrorClass {
  try {
    if (typeof error !== 'object' || error === null) return named(typeof error);
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (typeof code === 'string') {
      if (SQLSTATE.test(code) && !SYSTEM_CODE.test(code)) {
        const condition = conditionName(code);
        return { type: code, sqlState: code, description: condition ? `${code} ${condition}` : code };
      }
      if (CODE.test(code)) return named(code);
    }
    const byMessage = typeof message === 'string' ? TYPE_BY_MESSAGE.get(message) : undefined;
    if (byMessage !== undefined) return named(byMessage);
    const name = (error as { constructor?: { name?: unknown } }).constructor?.name;
    return named(typeof name === 'string' && CLASS_NAME.test(name) ? name : OTHER);
  } catch {
    return named(OTHER);
  }
}

const named = (type: string): ErrorClass => ({ type, sqlState: undefined, description: type });
