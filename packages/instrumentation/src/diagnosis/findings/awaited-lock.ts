import type { AwaitedLock } from '../answer';
import { code, duration } from './words';

/** Describes the wait: ``has waited 4.8 s for a row of `accounts` ``. */
export function waitFor(lock: AwaitedLock, relation: string | undefined): string {
  const waits = lock.seconds === undefined ? 'waits for' : `has waited ${duration(lock.seconds)} for`;
  return `${waits} ${lockedObject(lock, relation)}`;
}

/** The lock of a row is that of the transaction which changed it. With a tuple lock, the server shows its table. */
function lockedObject(lock: AwaitedLock, relation: string | undefined): string {
  const table = relation === undefined ? 'a table' : code(relation);
  switch (lock.type) {
    case 'tuple':
      return `a row of ${table}`;
    case 'transactionid':
      return relation === undefined ? 'the end of another transaction' : `a row of ${table}`;
    case 'virtualxid':
      return 'the end of an earlier transaction';
    case 'spectoken':
      return 'an INSERT of the same key';
    case 'relation':
      return `a lock on ${table}`;
    case 'advisory':
      return `advisory lock ${lock.key ?? ''}`.trimEnd();
    default:
      return `a lock (${lock.type})`;
  }
}

/** What other sessions wait for as well. */
export function nounOf({ type }: AwaitedLock, relation: string | undefined): string {
  if (type === 'tuple' || (type === 'transactionid' && relation !== undefined)) return 'row';
  return type === 'transactionid' || type === 'virtualxid' ? 'transaction' : 'lock';
}

/** How the holder of a lock is introduced. */
export function holderPhrase({ type }: AwaitedLock, relation: string | undefined): string {
  if (type === 'transactionid') return relation === undefined ? 'that of' : 'held by';
  return type === 'virtualxid' || type === 'spectoken' ? 'that of' : 'held by';
}
