import { whileEnding } from './ending';

/** However long a collector takes: a process that wants to end waits no longer than this. */
const FLUSH_MILLIS = 2_000;

/**
 * Flushes, and keeps the process alive for it, but no longer than the limit. Never rejects: a failed export was
 * reported where it failed, and how the process ends does not depend on it.
 * @returns whether the flush came to an end in time
 */
export async function flushWithinLimit(flush: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), FLUSH_MILLIS);
  });
  const flushed = whileEnding(flush).then(
    () => true,
    () => true,
  );
  const isDone = await Promise.race([flushed, limit]);
  clearTimeout(timer);
  return isDone;
}

/** Nothing the exporters do holds the process; whoever awaits them does. */
export async function aliveWhile(work: Promise<unknown>): Promise<void> {
  const hold = setInterval(() => {}, 60_000);
  try {
    await work;
  } finally {
    clearInterval(hold);
  }
}
