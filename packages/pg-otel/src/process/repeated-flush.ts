import { whileEnding } from './ending';

const INTERVAL_MILLIS = 500;
/** As long as Kubernetes waits by default for the end of a process. */
const LIMIT_MILLIS = 30_000;

/**
 * Flushes again and again for a while, and does not keep the process alive. An application that handles a signal answers its
 * last requests, and may then end the process by `process.exit()`.
 *
 * @returns stops that
 */
export function flushRepeatedly(flush: () => Promise<void>): () => void {
  let isFlushing = false;
  const timer = setInterval(async () => {
    if (isFlushing) return;
    isFlushing = true;
    // A failed export is reported where it fails.
    await whileEnding(flush).catch(() => {});
    isFlushing = false;
  }, INTERVAL_MILLIS).unref();
  const limit = setTimeout(() => clearInterval(timer), LIMIT_MILLIS).unref();
  return () => {
    clearInterval(timer);
    clearTimeout(limit);
  };
}
