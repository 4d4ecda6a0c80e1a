import { whileEnding } from './ending';

/** The longest time that a process waits for a collector before it ends. */
const FLUSH_MILLIS = 2_000;

/**
 * Flushes and keeps the process alive meanwhile, but no longer than the limit. It never rejects: a failed export is
 * reported where it fails, and must not change how the process ends.
 * @returns whether the flush finished in time
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

/** Keeps the process alive until the work is done, because the exporters themselves do not. */
export async function aliveWhile(work: Promise<unknown>): Promise<void> {
  const hold = setInterval(() => {}, 60_000);
  try {
    await work;
  } finally {
    clearInterval(hold);
  }
}
