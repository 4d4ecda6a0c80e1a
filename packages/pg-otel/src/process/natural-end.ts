import type { Recording } from '../pipeline/batch-queue';
import { flushWithinLimit } from './flush';

interface Flushable extends Recording {
  forceFlush(): Promise<void>;
}

/**
 * Flushes when nothing is left to do, so that the telemetry of a short script arrives. Exit code and order stay.
 *
 * The event fires again after each flush, as that was work: a further flush needs news (somebody else's listener had
 * more to do), and there is none after one that took too long. Otherwise two ends would keep each other alive.
 */
export function flushAtNaturalEnd(sdk: Flushable): () => void {
  let state: { is: 'waiting'; flushedAt: number | undefined } | { is: 'flushing' } | { is: 'over' } = {
    is: 'waiting',
    flushedAt: undefined,
  };

  const listener = async () => {
    if (state.is !== 'waiting' || sdk.recorded() === state.flushedAt) return;
    state = { is: 'flushing' };
    const flushedAt = sdk.recorded();
    const isDone = await flushWithinLimit(() => sdk.forceFlush());
    state = isDone ? { is: 'waiting', flushedAt } : { is: 'over' };
  };
  process.on('beforeExit', listener);
  return () => process.off('beforeExit', listener);
}
