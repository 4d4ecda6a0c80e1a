import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_LIMIT_MILLIS } from './hang-limit';

/**
 * Asks repeatedly until the answer is neither undefined nor false, for states that emit no event.
 *
 * @throws when the time is over, with the last error of `ask` as the cause
 */
export async function pollUntil<T>(
  ask: () => Promise<T | undefined | false>,
  timeoutMillis = HANG_LIMIT_MILLIS,
): Promise<T> {
  const deadline = Date.now() + timeoutMillis;
  let cause: unknown;
  do {
    try {
      const found = await ask();
      if (found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(50);
  } while (Date.now() < deadline);
  throw new Error(`Not found within ${timeoutMillis} ms${cause === undefined ? '' : `: ${cause}`}`, {
    cause,
  });
}
