import { channel } from 'node:diagnostics_channel';
import { CHANNELS } from '@pg-otel/instrumentation/channels';
import { checkOneOf, shown } from '../option-checks';
import { PoolOptionsError } from '../options-error';
import { pause } from '../timers';
import { RetryBudget } from './budget';
import { isConflict, isWithoutConnection } from './failures';
import { type RetryOptions, retrySettings } from './options';
import { type RetryAttempt, repeat } from './repeat';

/** Options of `retry`. */
export interface TransactionRetryOptions extends RetryOptions {
  /**
   * Whether the function may run twice to the end with the same effect as once. It is then also called again when the
   * connection is lost or cannot be opened, which leaves open whether a `COMMIT` has run. Default false.
   */
  readonly isIdempotent?: boolean | undefined;
  /** Once it is aborted, no attempt starts, and a wait for the next attempt ends. An attempt that runs is not aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** All calls share one budget: they repeat work on the same servers. */
const budget = new RetryBudget();

/**
 * Calls a function that runs one whole transaction, and calls it again after a serialization failure (SQLSTATE 40001) or
 * a deadlock (40P01), which have rolled the transaction back. After any other error, it is not called again.
 *
 * @param transaction runs the transaction from `BEGIN` to `COMMIT`, on a connection that it returns to the pool; it must
 *   roll back when a statement fails, and must have no effect outside the transaction. Its argument is the number of the
 *   attempt, from 1
 * @returns the result of the first call that succeeds
 * @throws the error of the last call; the reason of the signal; PoolOptionsError for bad options
 * @see https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 * @example
 * await retry(() => db.transaction((tx) => transfer(tx, 100), { isolationLevel: 'serializable' }));
 */
export async function retry<Result>(
  transaction: (attempt: number) => Promise<Result>,
  options: TransactionRetryOptions = {},
): Promise<Result> {
  const settings = retrySettings(options, ['isIdempotent', 'signal']);
  const { isIdempotent = false, signal } = options;
  checkOneOf('retry.isIdempotent', isIdempotent, [true, false]);
  if (typeof transaction !== 'function') {
    throw new PoolOptionsError('transaction', `must be a function, got ${shown(transaction)}`);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new PoolOptionsError('retry.signal', `must be an AbortSignal, got ${shown(signal)}`);
  }
  signal?.throwIfAborted();
  budget.add(settings.budget);
  return repeat(transaction, {
    settings,
    budget,
    isRepeatable: (error) => isConflict(error) || (isIdempotent && isWithoutConnection(error)),
    onAttempt: publish,
    async wait(millis) {
      await pause(millis, signal);
      signal?.throwIfAborted();
    },
  });
}

function publish(attempt: RetryAttempt): void {
  const retries = channel(CHANNELS.retry);
  if (retries.hasSubscribers) retries.publish(attempt);
}
