import type { PoolIdentity, RetryMessage } from '@pg-otel/instrumentation/channels';
import { errorType } from '@pg-otel/instrumentation/pools';
import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';
import type { RetryBudget } from './budget';
import type { RetrySettings } from './options';
import { errorWithin } from './wrapped-errors';

/** What is published of an attempt, without the pool. */
export type RetryAttempt = Omit<RetryMessage, keyof PoolIdentity>;

/** When work is repeated, and who is notified. */
export interface RetryRules {
  readonly settings: RetrySettings;
  readonly budget: RetryBudget;
  /** Whether an error proves that the failed attempt had no effect. Also called with the causes of an error. */
  readonly isRepeatable: (error: unknown) => boolean;
  /** Called in the context of the caller of `repeat`. */
  readonly onAttempt: (attempt: RetryAttempt) => void;
  /** Waits until the next attempt. @throws what the caller gets instead of a further attempt */
  readonly wait: (millis: number) => Promise<void>;
}

/**
 * Calls a function until it succeeds or may not be called again: at most `maxAttempts` times, until the deadline and
 * while the budget lasts, with exponential backoff and full jitter.
 *
 * @param start when the first attempt started, by `performance.now`
 * @throws the error of the last attempt, or of `wait`
 */
export async function repeat<Result>(
  work: (attempt: number) => Promise<Result>,
  { settings, budget, isRepeatable, onAttempt, wait }: RetryRules,
  start = performance.now(),
): Promise<Result> {
  const { maxAttempts, deadlineMillis } = settings;
  const remainingMillis = () => deadlineMillis - (performance.now() - start);
  const isAffordable = () => settings.budget === Number.POSITIVE_INFINITY || budget.take();
  let backoff: IBackoff<unknown> | undefined;
  let lastErrorType: string | undefined;

  for (let attempt = 1; ; attempt++) {
    const report = (outcome: RetryMessage['outcome'], delaySeconds?: number) =>
      onAttempt({ attempt, outcome, errorType: lastErrorType, delaySeconds });
    let result: Result;
    try {
      result = await work(attempt);
    } catch (error) {
      /** The part of the error that decides. */
      const proof = errorWithin(error, isRepeatable);
      lastErrorType = errorType(proof ?? error);
      const mayFollow = proof !== undefined && attempt < maxAttempts && remainingMillis() > 0;
      if (!mayFollow || !isAffordable()) {
        if (attempt > 1 || proof !== undefined) report('gave_up');
        throw error;
      }
      backoff = backoff?.next(undefined) ?? backoffOf(settings);
      const delay = Math.max(0, Math.min(backoff.duration, remainingMillis()));
      report('retried', delay / 1_000);
      await wait(delay).catch((reason: unknown) => {
        report('gave_up');
        throw reason;
      });
      continue;
    }
    if (attempt > 1) report('recovered');
    return result;
  }
}

/** Exponential with full jitter. */
function backoffOf({ initialDelayMillis, maxDelayMillis }: RetrySettings): IBackoff<unknown> {
  return new ExponentialBackoff({
    generator: fullJitterGenerator,
    initialDelay: initialDelayMillis,
    maxDelay: maxDelayMillis,
  }).next();
}
