import { logInternalError } from '../warnings';
import type { Callback } from './callback';

/**
 * Reports the end of a driver's call. For a promise it returns a derived promise of the same class, which settles in
 * the same way after the report. The caller gets the derived promise, because a handler on the driver's promise marks
 * its rejection as handled. Any other value ends the call and is returned unchanged, because a thenable may repeat its
 * work for each `then`.
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

/** A promise of any class, because pg has an option for its class. */
export function isPromise(result: unknown): result is { then: Callback } {
  if (result instanceof Promise) return true;
  if (typeof result !== 'object' || result === null) return false;
  const { then, catch: caught } = result as { then?: unknown; catch?: unknown };
  return typeof then === 'function' && typeof caught === 'function';
}
