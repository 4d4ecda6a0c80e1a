import { now } from '../../clock';
import type { ListeningCommand } from '../../listening-commands';
import type { QueryOperation } from '../../operation';
import type { Checkout } from '../../pool-state';
import { guarded } from '../guarded';
import type { ClientState } from './client-state';

/**
 * A checked-out connection that listens for notifications is held for as long as its holder wants them: it leaves the
 * checked-out connections of its pool until it no longer listens. A command counts once it has succeeded and its
 * transaction is committed.
 *
 * Transactions are followed by their commands, because not every version of the driver keeps the status that the
 * server reports. Approximate: ROLLBACK TO a savepoint leaves what was said since, and a transaction that a function
 * or another language ends is not seen to end.
 */
export function followListening(
  operation: QueryOperation,
  commands: readonly ListeningCommand[],
  state: ClientState,
): void {
  const { checkout, pool } = state;
  if (checkout === undefined || pool === undefined) return;
  operation.whenSucceeded = (result) =>
    guarded('LISTEN', () => {
      // Released in the meantime, it is nobody's.
      if (state.checkout !== checkout) return;
      const listened = isListening(checkout);
      const isRolledBack = wasRolledBack(result);
      for (const command of commands) apply(command, checkout, isRolledBack);
      if (isListening(checkout)) {
        pool.checkouts.delete(checkout);
      } else if (listened) {
        checkout.heldSince = now();
        pool.checkouts.add(checkout);
      }
    });
}

const isListening = ({ channels }: Checkout): boolean => channels !== undefined && channels.size > 0;

function apply({ action, channel }: ListeningCommand, checkout: Checkout, isRolledBack: boolean): void {
  if (action === 'begin') {
    checkout.channelsAtCommit ??= new Set(checkout.channels);
  } else if (action === 'commit' || action === 'rollback') {
    const isCommitted = action === 'commit' && !isRolledBack;
    if (isCommitted) checkout.channels = checkout.channelsAtCommit ?? checkout.channels;
    checkout.channelsAtCommit = undefined;
  } else {
    checkout.channels ??= new Set();
    const channels = checkout.channelsAtCommit ?? checkout.channels;
    if (action === 'listen') channels.add(channel as string);
    else if (channel === undefined) channels.clear();
    else channels.delete(channel);
  }
}

/** The server answers COMMIT with ROLLBACK when a statement of the transaction has failed. */
const wasRolledBack = (result: unknown): boolean =>
  [result].flat().some((each) => (each as { command?: unknown } | undefined)?.command === 'ROLLBACK');
