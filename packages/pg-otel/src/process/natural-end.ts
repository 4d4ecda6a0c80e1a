import type { Recording } from '../pipeline/batch-queue';
import { flushWithinLimit } from './flush';

interface Flushable extends Recording {
  forceFlush(): Promise<void>;
}

/**
 * Another SDK may trace the exports of this one and send what it has seen, which is traced here in turn. Each such
 * round is news, and without a limit the process would never end.
 */
const MAX_FLUSHES = 3;

/**
 * Flushes when nothing is left to do, so that the telemetry of a short script arrives. Exit code and order stay.
 *
 * The event fires again after each flush, as that was work: a further flush needs news (somebody else's listener had
 * more to do), and there is none after one that took too long. Otherwise two ends would keep each other alive.
 */
export function flushAtNaturalEnd(sdk: Flushable): () => void {
  let flushes = 0;
  let flushedAt: number | undefined;
  let isFlushing = false;

  const listener = async () => {
    if (isFlushing || flushes >= MAX_FLUSHES || sdk.recorded() === flushedAt) return;
    isFlushing = true;
    flushes += 1;
    flushedAt = sdk.recorded();
    const isDone = await flushWithinLimit(() => sdk.forceFlush());
    if (!isDone) flushes = MAX_FLUSHES;
    isFlushing = false;
  };
  process.on('beforeExit', listener);
  return () => process.off('beforeExit', listener);
}
