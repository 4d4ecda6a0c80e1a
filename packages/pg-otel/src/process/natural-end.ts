import type { Recording } from '../pipeline/batch-queue';
import { flushWithinLimit } from './flush';

interface Flushable extends Recording {
  forceFlush(): Promise<void>;
}

/**
 * Another SDK may trace our exports and export those spans, which our SDK traces in turn. Each such round produces new
 * telemetry, so without a limit the process would never end.
 */
const MAX_FLUSHES = 3;

/**
 * Flushes when the process has nothing left to do, so that the telemetry of a short script is exported. The exit code
 * and the order of events do not change.
 *
 * `beforeExit` fires again after each flush. Another flush follows only if something was recorded meanwhile (by another
 * listener) and no flush took too long. Otherwise two such listeners would keep each other alive.
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
