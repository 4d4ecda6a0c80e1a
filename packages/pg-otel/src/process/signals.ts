import { flushWithinLimit } from './flush';
import { flushRepeatedly } from './repeated-flush';

const watched = ['SIGTERM', 'SIGINT'] as const;
type WatchedSignal = (typeof watched)[number];

/**
 * Flushes on SIGTERM and SIGINT. Other listeners decide whether the process ends, and there are more flushes meanwhile.
 * Without any, the signal is raised again and ends the process.
 *
 * The listener removes itself before the others run: libraries such as `signal-exit` end the process only when theirs
 * is the only listener, and a second signal must have its default effect.
 */
export function flushOnSignals(flush: () => Promise<void>): () => void {
  const removedInThisTick = new Set<WatchedSignal>();

  const onSignal = async (signal: WatchedSignal) => {
    process.off(signal, onSignal);
    const hasOtherListener = process.listenerCount(signal) > 0 || removedInThisTick.has(signal);
    await flushWithinLimit(flush);
    if (!hasOtherListener) process.kill(process.pid, signal);
    else if (!isStopped) {
      process.on(signal, onSignal);
      stopFlushing();
      stopFlushing = flushRepeatedly(flush);
    }
  };

  // A listener from `prependOnceListener` is removed before ours is called, although it handles the signal.
  const onRemoved = (event: string | symbol, listener: unknown) => {
    const signal = watched.find((name) => name === event);
    if (signal === undefined || listener === onSignal) return;
    removedInThisTick.add(signal);
    process.nextTick(() => removedInThisTick.delete(signal));
  };

  let isStopped = false;
  let stopFlushing = () => {};
  process.on('removeListener', onRemoved);
  for (const signal of watched) process.on(signal, onSignal);
  return () => {
    isStopped = true;
    stopFlushing();
    process.off('removeListener', onRemoved);
    for (const signal of watched) process.off(signal, onSignal);
  };
}
