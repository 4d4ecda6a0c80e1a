import { AsyncResource } from 'node:async_hooks';
import { guarded } from './guarded';

/**
 * Timers run in the context of this scope. In the context of the request that happened to start them, they would keep its
 * AsyncLocalStorage stores alive, and use its trace.
 */
const SCOPE = new AsyncResource('PgOtelPool', { requireManualDestroy: true });

/**
 * Calls back repeatedly with an object that the timer does not keep alive. Nor does it keep the process alive.
 *
 * @param onGone called once, instead, when the object was garbage-collected
 * @returns a function that stops the timer
 */
export function every<Owner extends object>(
  owner: Owner,
  millis: number,
  call: (owner: Owner) => unknown,
  onGone: () => void,
): () => void {
  const weak = new WeakRef(owner);
  const timer = SCOPE.runInAsyncScope(() =>
    setInterval(() => {
      const alive = weak.deref();
      if (alive === undefined) clearInterval(timer);
      guarded(alive === undefined ? onGone : () => call(alive));
    }, millis),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Calls back once, unless the object was garbage-collected. @returns a function that stops the timer */
export function after<Owner extends object>(
  owner: Owner,
  millis: number,
  call: (owner: Owner) => unknown,
): () => void {
  const weak = new WeakRef(owner);
  const timer = SCOPE.runInAsyncScope(() =>
    setTimeout(() => {
      const alive = weak.deref();
      if (alive !== undefined) guarded(() => call(alive));
    }, millis),
  );
  timer.unref();
  return () => clearTimeout(timer);
}

const STEPS = 5;

/**
 * Calls back after this time, or at the signal. The time counts in steps, and one in which the event loop is blocked
 * counts once: answers that have arrived meanwhile are read first.
 *
 * @returns a function that stops the timer
 */
export function deadline(millis: number, call: () => void, signal?: AbortSignal): () => void {
  let left = STEPS;
  const stop = () => {
    clearInterval(timer);
    signal?.removeEventListener('abort', expire);
  };
  const expire = () => {
    stop();
    call();
  };
  const timer = setInterval(() => {
    left -= 1;
    if (left === 0) expire();
  }, millis / STEPS);
  timer.unref();
  signal?.addEventListener('abort', expire);
  return stop;
}

/**
 * Waits this long, or until the signal. Unlike the others, this timer keeps the process alive, and is in the context of
 * the caller: the caller waits for it.
 */
export function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}
