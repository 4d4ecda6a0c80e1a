import { logInternalError } from '../warnings';
import type { Callback } from './callback';

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
  let derived: unknown;
  try {
    if (isPromise(result)) {
      derived = result.then(
        (value: unknown) => {
          report(succeeded, value);
          return value;
        },
        (error: unknown) => {
          report(failed, error);
          throw error;
        },
      );
    }
  } catch (error) {
    logInternalError('a promise', error);
  }
  if (derived !== undefined) return derived;
  report(succeeded, undefined);
  return result;
}

function report(to: (what: unknown) => void, what: unknown): void {
  try {
    to(what);
  } catch (error) {
    logInternalError('the end of a call', error);
  }
}

/** Of any class: pg takes one by option. */
function isPromise(result: unknown): result is { then: Callback } {
  if (result instanceof Promise) return true;
  if (typeof result !== 'object' || result === null) return false;
  const { then, catch: caught } = result as { then?: unknown; catch?: unknown };
  return typeof then === 'function' && typeof caught === 'function';
}
