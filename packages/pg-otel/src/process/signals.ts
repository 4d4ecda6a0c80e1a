import { flushWithinLimit } from './flush';

const watched = ['SIGTERM', 'SIGINT'] as const;
type WatchedSignal = (typeof watched)[number];

/**
 * Flushes on SIGTERM and SIGINT. Who else listens decides whether the process ends; when nobody does, the signal is
 * raised again and ends it as it would have.
 *
 * The listener leaves before anybody else runs: libraries such as `signal-exit` end the process only when they count
 * no listener beside their own, and a second signal must find the default action.
 */
export function flushOnSignals(flush: () => Promise<void>): () => void {
  const leftInThisTick = new Set<WatchedSignal>();

  const onSignal = async (signal: WatchedSignal) => {
    process.off(signal, onSignal);
    const isOthers = process.listenerCount(signal) > 0 || leftInThisTick.has(signal);
    await flushWithinLimit(flush);
    if (isStopped) return;
    if (isOthers) process.on(signal, onSignal);
    else process.kill(process.pid, signal);
  };

  // A listener put before ours by `prependOnceListener` is gone when ours is called, and yet it handles the signal.
  const onRemoved = (event: string | symbol, listener: unknown) => {
    const signal = watched.find((name) => name === event);
    if (signal === undefined || listener === onSignal) return;
    leftInThisTick.add(signal);
    process.nextTick(() => leftInThisTick.delete(signal));
  };

  let isStopped = false;
  process.on('removeListener', onRemoved);
  for (const signal of watched) process.on(signal, onSignal);
  return () => {
    isStopped = true;
    process.off('removeListener', onRemoved);
    for (const signal of watched) process.off(signal, onSignal);
  };
}
