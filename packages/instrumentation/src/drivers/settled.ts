import type { Callback } from './callback';
import { guarded } from './guarded';

/**
 * A promise derived from the driver's, of the same class, that settles the same way after the end was reported. To look
 * on from the side would mark a rejection as handled that nobody has handled. What is no promise has come to its end,
 * and is returned as it is: a thenable may do its work only when it is asked, and each time anew.
 */
export function settled(
  result: unknown,
  succeeded: (value: unknown) => void,
  failed: (error: unknown) => void,
): unknown {
  const report = (to: (what: unknown) => void, what: unknown) => guarded('the end of a call', () => to(what));
  const derived = guarded('a promise', () => {
    if (!isPromise(result)) return undefined;
    return result.then(
      (value: unknown) => {
        report(succeeded, value);
        return value;
      },
      (error: unknown) => {
        report(failed, error);
        throw error;
      },
    );
  });
  if (derived !== undefined) return derived;
  report(succeeded, undefined);
  return result;
}

/** Of any class: pg takes one by option. */
function isPromise(result: unknown): result is { then: Callback } {
  if (result instanceof Promise) return true;
  if (typeof result !== 'object' || result === null) return false;
  const { then, catch: caught } = result as { then?: unknown; catch?: unknown };
  return typeof then === 'function' && typeof caught === 'function';
}
