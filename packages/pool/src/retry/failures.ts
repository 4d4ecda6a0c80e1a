import { errorType } from '@pg-otel/instrumentation/pools';
import { property } from './wrapped-errors';

/**
 * The server has rolled the transaction back because of another one, and the same transaction may succeed.
 * Sources: PostgreSQL, "Serialization Failure Handling"; Prisma, error reference (P2034 stands for both SQLSTATEs).
 */
const CONFLICTS = new Set(['40001', '40P01', 'P2034']);

/** The server cannot be reached or does not accept connections now. Sources: Node.js os.constants.errno; PostgreSQL, Appendix A. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  // The classes of pg-otel for errors without a code.
  'timeout',
  'connection_terminated',
  'connection_failed',
  // The connection is lost. It is also the error of a ROLLBACK on it, with which ORMs replace the first error.
  'client_closed',
  // The words of Prisma's adapter for the codes of sockets.
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
]);

/**
 * PgBouncer ends a client with one of these while no server connection is assigned to it, so that its statement was not
 * sent to the server: src/janitor.c, pool_client_maint; src/objects.c, check_fast_fail.
 */
const POOLER_HAS_NO_SERVER =
  /^(query_wait_timeout$|server login has been failing|pgbouncer cannot connect to server)/;
/** The same, when a client connects: src/client.c, finish_client_login and decide_startup_pool. */
const POOLER_REFUSES =
  /^(no more connections allowed|client connections exceeded|client_login_timeout \(server down\)|server shutting down|pooler is shutting down)/;
/** The SQLSTATE of errors of PgBouncer itself (protocol_violation). */
const POOLER_ERROR = '08P01';

/** Whether a transaction failed because of another one. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(errorType(error));
}

/**
 * Whether there is no connection, for a reason that may pass. The error of an attempt to obtain a connection proves that
 * no statement was sent. As the error of a statement it proves nothing: the statement may have run.
 */
export function isWithoutConnection(error: unknown): boolean {
  return UNREACHABLE.has(errorType(error)) || isMissingSocket(error) || isPoolerRefusal(error);
}

/** Whether a pooler has refused a statement without sending it to the server. */
export function isUnsentStatement(error: unknown): boolean {
  return isOfPooler(error) && POOLER_HAS_NO_SERVER.test(messageOf(error));
}

/** A server that is down has no Unix socket. */
function isMissingSocket(error: unknown): boolean {
  return property(error, 'code') === 'ENOENT' && property(error, 'syscall') === 'connect';
}

function isPoolerRefusal(error: unknown): boolean {
  return isUnsentStatement(error) || (isOfPooler(error) && POOLER_REFUSES.test(messageOf(error)));
}

/** A function in the database can raise any SQLSTATE and message, but no error of severity FATAL. */
function isOfPooler(error: unknown): boolean {
  return property(error, 'code') === POOLER_ERROR && property(error, 'severity') === 'FATAL';
}

function messageOf(error: unknown): string {
  const message = property(error, 'message');
  return typeof message === 'string' ? message : '';
}
