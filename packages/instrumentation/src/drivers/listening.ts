import type { ListeningCommand } from '../listening-commands';
import type { QueryOperation } from '../operation';
import type { Checkout, PoolState } from '../pool-state';
import { guarded } from './guarded';

/** A connection that a caller may have checked out. */
interface Listener {
  readonly pool: PoolState | undefined;
  readonly checkout: Checkout | undefined;
  /** The notification channels that the caller listens to. */
  channels: ListenedChannels | undefined;
}

/**
 * Follows the commands that start and stop listening for notifications. A checked-out connection may listen for any
 * time, so it does not count as held while it listens. A command takes effect once it has succeeded and its transaction
 * is committed.
 *
 * The state of a transaction is derived from commands, because not every version of the driver keeps the status that
 * the server reports. This is approximate: ROLLBACK TO a savepoint does not undo the commands after the savepoint, and
 * commands in a text that begins with another statement are not noticed.
 */
export function followListening(
  operation: QueryOperation,
  commands: readonly ListeningCommand[],
  state: Listener,
): void {
  const { checkout, pool } = state;
  if (checkout === undefined || pool === undefined) return;
  const whenSucceeded = (result: unknown) =>
    guarded('LISTEN', () => {
      // The caller may have released the connection in the meantime.
      if (state.checkout !== checkout) return;
      state.channels ??= new ListenedChannels();
      const wasListening = state.channels.isListening;
      const isRolledBack = wasRolledBack(result);
      for (const command of commands) state.channels.apply(command, isRolledBack);
      if (state.channels.isListening) pool.listening(checkout);
      else if (wasListening) pool.stoppedListening(checkout);
    });
  operation.addDetails({ whenSucceeded });
}

/** The notification channels to which a connection listens. */
export class ListenedChannels {
  #now = new Set<string>();
  /** Within a transaction: the channels after its commit. */
  #atCommit: Set<string> | undefined;

  get isListening(): boolean {
    return this.#now.size > 0;
  }

  apply({ action, channel }: ListeningCommand, isRolledBack: boolean): void {
    if (action === 'begin') {
      this.#atCommit ??= new Set(this.#now);
    } else if (action === 'commit' || action === 'rollback') {
      const isCommitted = action === 'commit' && !isRolledBack;
      if (isCommitted) this.#now = this.#atCommit ?? this.#now;
      this.#atCommit = undefined;
    } else {
      const channels = this.#atCommit ?? this.#now;
      if (action === 'listen') channels.add(channel as string);
      else if (channel === undefined) channels.clear();
      else channels.delete(channel);
    }
  }
}

/** The server answers COMMIT with the command tag ROLLBACK when a statement of the transaction has failed. */
const wasRolledBack = (result: unknown): boolean =>
  [result].flat().some((each) => (each as { command?: unknown } | undefined)?.command === 'ROLLBACK');
