import type { Attributes } from '@opentelemetry/api';
import {
  BLOCKING_LOCK_MODE,
  BLOCKING_LOCK_RELATION,
  BLOCKING_LOCK_TYPE,
  BLOCKING_PIDS,
  BLOCKING_WAIT_DURATION,
} from '../../semconv';
import type { AwaitedLock, Chain, Server, Session } from '../answer';
import { blockerTrace } from '../blocker-trace';
import type { Finding, OwnKnowledge, OwnSession, Subject } from '../contracts';
import { holderPhrase, nounOf, waitFor } from './awaited-lock';
import { deadlockSentence } from './deadlock';
import { activityOf, isAutovacuum, nameOf, ownSession, statementOf } from './session';
import { waitEventAttributes } from './wait-event';
import { code, duration, others } from './words';

/** Sessions of a chain that a sentence names one by one. */
const MAX_NAMED = 3;

/** What an operation waits for that other sessions hold. */
export function lockFindings(chain: Chain, subject: Subject, server: Server, own: OwnKnowledge): Finding[] {
  const { lock } = chain.backend;
  const root = chain.blockers.at(-1);
  // The holders of the lock that extends a table change within milliseconds.
  if (lock === undefined || root === undefined || lock.type === 'extend') return [];
  const attributes = lockAttributes(chain, lock);
  const wait = waitFor(lock, chain.backend.relation);
  const deadlock = deadlockSentence(chain, wait, server, own);
  if (deadlock !== undefined) {
    return [{ kind: 'deadlock', certainty: 'proven', sentence: deadlock, attributes }];
  }
  const session = root.lock === undefined ? ownSession(root, own) : undefined;
  const blocker = root.lock === undefined ? blockerTrace(root, own) : undefined;
  const isOwnRequest = session !== undefined && isOfSameTrace(session, subject) && isIdle(root);
  const held = isOwnRequest
    ? heldByOwnRequest(root)
    : `${wayTo(chain, lock, root, own)}${activityOf(root)}${missingCaller(root, session)}`;
  return [
    {
      kind: isOwnRequest ? 'blocked_by_itself' : 'lock',
      certainty: 'proven',
      sentence: `${wait}, ${held}${queue(chain.backend, lock)}`,
      attributes,
      ...(blocker && { blocker }),
    },
    ...autovacuumFindings(root, lock.seconds, server.deadlockTimeoutSeconds),
  ];
}

function heldByOwnRequest(root: Session): string {
  return `held by its own request in another session (pid ${root.pid})${activityOf(root)}; if the request waits for this query first, neither ends, and the server detects no deadlock`;
}

/** A connection of a pool whose caller returned it with an open transaction, or checked it out while nothing was observed. */
function missingCaller({ state }: Session, session: OwnSession | undefined): string {
  const isLeft = session?.isCheckedOut === false && state?.startsWith('idle in transaction');
  return isLeft ? '; no caller is known that has its connection checked out' : '';
}

function queue({ otherWaiters, relation }: Session, lock: AwaitedLock): string {
  return otherWaiters === 0 ? '' : `; ${others(otherWaiters, 'wait')} for the same ${nounOf(lock, relation)}`;
}

/** Attributes of the collector's `postgresqlreceiver`, for the session that waits. */
function lockAttributes({ backend, blockers: [first] }: Chain, lock: AwaitedLock): Attributes {
  return {
    ...waitEventAttributes(`Lock/${lock.type}`),
    ...(first?.blockers.length && { [BLOCKING_PIDS]: `{${first.blockers.join(',')}}` }),
    ...(lock.seconds !== undefined && { [BLOCKING_WAIT_DURATION]: Math.floor(lock.seconds) }),
    ...(lock.mode !== undefined && { [BLOCKING_LOCK_MODE]: lock.mode }),
    [BLOCKING_LOCK_TYPE]: lock.type,
    ...(backend.relation !== undefined && { [BLOCKING_LOCK_RELATION]: backend.relation }),
  };
}

/** From the first session that blocks the operation to the root. */
function wayTo(
  { backend, blockers, isShortened }: Chain,
  lock: AwaitedLock,
  root: Session,
  own: OwnKnowledge,
): string {
  if (isShortened) return `behind ${nameOf(root, own)}`;
  const between = blockers.slice(0, -1);
  if (between.length === 0) return `${holderPhrase(lock, backend.relation)} ${nameOf(root, own)}`;
  const named = between.slice(0, MAX_NAMED - 1).map((session) => waiting(session, own));
  const more = between.length - named.length;
  const rest = more === 0 ? '' : ` over ${more} more ${more === 1 ? 'session' : 'sessions'}`;
  return `queued behind ${named.join(', which waits for ')}, which waits${rest} for ${nameOf(root, own)}`;
}

function waiting(session: Session, own: OwnKnowledge): string {
  const statement = statementOf(session);
  return `${nameOf(session, own)}${statement === undefined ? '' : ` with ${code(statement)}`}`;
}

function isOfSameTrace({ holder, running }: OwnSession, { spanContext }: Subject): boolean {
  return spanContext !== undefined && (holder ?? running?.spanContext)?.traceId === spanContext.traceId;
}

function isIdle({ state }: Session): boolean {
  return state?.startsWith('idle') === true;
}

/** It gives way to others after `deadlock_timeout`, unless it prevents wraparound. */
function autovacuumFindings(
  root: Session,
  waitSeconds: number | undefined,
  deadlockTimeoutSeconds: number | undefined,
): Finding[] {
  if (!isAutovacuum(root)) return [];
  if (root.text?.includes('(to prevent wraparound)')) {
    const sentence = 'this autovacuum prevents wraparound and does not give way';
    return [{ kind: 'lock', certainty: 'proven', sentence }];
  }
  if (waitSeconds === undefined || deadlockTimeoutSeconds === undefined) return [];
  if (waitSeconds < deadlockTimeoutSeconds + 1) return [];
  const sentence = `autovacuum gives way after ${duration(deadlockTimeoutSeconds)}, except to prevent wraparound, which it may do`;
  return [{ kind: 'lock', certainty: 'possible', sentence }];
}
