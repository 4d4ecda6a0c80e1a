import type { PoolIdentity, RetryMessage } from '@pg-otel/instrumentation/channels';
import { errorType } from '@pg-otel/instrumentation/pools';
import { DelegateBackoff, fullJitterGenerator, handleWhen, retry } from 'cockatiel';
import type { RetryBudget } from './budget';
import { errorWithin } from './failures';
import type { RetrySettings } from './options';

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
}

/**
 * Calls a function until it succeeds or may not be called again: at most `maxAttempts` times, until the deadline and
 * while the budget lasts, with exponential backoff and full jitter.
 *
 * @param start when the first attempt started, by `performance.now`
 * @throws the error of the last attempt
 */
export async function repeat<Result>(
  work: (attempt: number) => Promise<Result>,
  { settings, budget, isRepeatable, onAttempt }: RetryRules,
  start = performance.now(),
): Promise<Result> {
  const { maxAttempts, deadlineMillis } = settings;
  const remainingMillis = () => deadlineMillis - (performance.now() - start);
  let attempt = 1;
  let lastError: unknown;
  /** The part of the last error that decided. */
  let proof: unknown;

  const follows = (error: unknown) => {
    lastError = error;
    proof = errorWithin(error, isRepeatable);
    if (proof === undefined || attempt >= maxAttempts || remainingMillis() <= 0) return false;
    return settings.budget === Number.POSITIVE_INFINITY || budget.take();
  };
  const policy = retry(handleWhen(follows), { maxAttempts, backoff: backoff(settings, remainingMillis) });
  policy.onRetry(({ delay }) => report('retried', delay / 1_000));

  function report(outcome: RetryMessage['outcome'], delaySeconds?: number): void {
    onAttempt({ attempt, outcome, errorType: errorType(proof ?? lastError), delaySeconds });
  }

  let result: Result;
  try {
    result = await policy.execute(({ attempt: repeated }) => {
      attempt = repeated + 1;
      return work(attempt);
    });
  } catch (error) {
    if (attempt > 1 || proof !== undefined) report('gave_up');
    throw error;
  }
  if (attempt > 1) report('recovered');
  return result;
}

/** Exponential with full jitter, and never beyond the deadline. */
function backoff({ initialDelayMillis, maxDelayMillis }: RetrySettings, remainingMillis: () => number) {
  const options = { initialDelay: initialDelayMillis, maxDelay: maxDelayMillis };
  return new DelegateBackoff<unknown, number>((_, state) => {
    const [delay, next] = fullJitterGenerator(state, {
      ...options,
      exponent: 2,
      generator: fullJitterGenerator,
    });
    return { delay: Math.max(0, Math.min(delay, remainingMillis())), state: next };
  });
}
