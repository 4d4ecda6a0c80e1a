import { summarizeSql } from '../../sql';
import { certainPart, readableSql } from '../../sql/readable';
import type { Session } from '../answer';
import type { OwnKnowledge, OwnSession } from '../contracts';
import { code, duration, forDuration, printable } from './words';

/** What this process knows of a session, if the session belongs to it. */
export function ownSession({ pid, port }: Session, own: OwnKnowledge): OwnSession | undefined {
  return pid > 0 ? own.session(pid, port) : undefined;
}

/** Names a session: `worker-7 (pid 8123)`. */
export function nameOf(session: Session, own: OwnKnowledge): string {
  const { pid, role, isOwnRole, prepared } = session;
  if (pid === 0)
    return `a prepared transaction${prepared?.role === undefined ? '' : ` of ${roleOf(prepared.role)}`}`;
  if (isAutovacuum(session)) return `autovacuum (pid ${pid})`;
  if (ownSession(session, own) !== undefined) return `this process (pid ${pid})`;
  const application = printable(session.applicationName ?? '').trim();
  if (role !== undefined && !isOwnRole) {
    return `${roleOf(role)} (${application === '' ? '' : `"${application}", `}pid ${pid})`;
  }
  return application === '' ? `pid ${pid}` : `${application} (pid ${pid})`;
}

const roleOf = (name: string): string => `role ${printable(name)}`;

/** Background processes have no role. Their type is visible with a grant only, their progress in any case. */
export function isAutovacuum({ role, type, isVacuum }: Session): boolean {
  return type === 'autovacuum worker' || (role === undefined && isVacuum);
}

/**
 * Describes what the root of a chain does, as a clause that begins with a comma. The root of a cut chain waits for a lock. Its text is the current or the
 * last statement, not the one that took the lock.
 */
export function activityOf(session: Session): string {
  const { state, pid, stateSeconds } = session;
  if (session.lock !== undefined) return ', which waits as well';
  if (pid === 0) {
    const age = session.prepared?.ageSeconds;
    const prepared = age === undefined ? '' : `, prepared ${duration(age)} ago`;
    return `${prepared}, which ends with COMMIT PREPARED or ROLLBACK PREPARED`;
  }
  if (isAutovacuum(session)) return '';
  switch (state) {
    case 'idle in transaction':
      return `, whose transaction has been idle${forDuration(stateSeconds)}${lastStatement(session)}`;
    case 'idle in transaction (aborted)':
      return `, whose failed transaction has been idle${forDuration(stateSeconds)}${lastStatement(session)}`;
    case 'idle':
      return `, whose session has been idle${forDuration(stateSeconds)}${lastStatement(session)}`;
    case 'active':
    case 'fastpath function call':
      return running(session);
    default:
      return session.role !== undefined && !session.isOwnRole
        ? '; what it does is hidden from this role'
        : '';
  }
}

/** What an active session waits for, other than a lock. */
const ACTIVE_WAITS: Readonly<Record<string, string>> = {
  'client/clientwrite': '; it waits for its client to read',
  'client/clientread': '; it waits for the next message of its client',
  'ipc/syncrep': '; it waits for a synchronous standby to confirm its commit',
};

function running(session: Session): string {
  const { querySeconds, transactionSeconds, waitEvent } = session;
  const isInOlderTransaction =
    transactionSeconds !== undefined && querySeconds !== undefined && transactionSeconds > querySeconds + 1;
  const transaction = isInOlderTransaction ? `, in a transaction of ${duration(transactionSeconds)}` : '';
  const wait = ACTIVE_WAITS[waitEvent?.toLowerCase() ?? ''] ?? '';
  return `, which has been running ${commandOf(session)}${forDuration(querySeconds)}${transaction}${wait}`;
}

function commandOf(session: Session): string {
  const { progress } = session;
  const statement = statementOf(session);
  if (progress === undefined) return statement === undefined ? 'a query' : code(statement);
  const relation = progress.relation === undefined ? '' : ` on ${code(progress.relation)}`;
  const percent = progress.percent === undefined ? '' : `, ${Math.round(progress.percent)} %`;
  const phase = progress.phase === undefined ? '' : ` (${progress.phase}${percent})`;
  return `${statement === undefined ? `${progress.command}${relation}` : code(statement)}${phase}`;
}

function lastStatement(session: Session): string {
  const statement = statementOf(session);
  return statement === undefined ? '' : `; last statement ${code(statement)}`;
}

/**
 * The summary of a session's current or last statement; `undefined` if it is not visible. The server may have rejected the
 * text, so only the part that cannot contain data is read.
 */
export function statementOf({ text }: Session): string | undefined {
  if (text === undefined) return undefined;
  return (
    summarizeSql(certainPart(readableSql(text, { isCut: true, hasStandardStrings: false }))) || undefined
  );
}
