import { ownFailure } from '../warnings';
import type { Callback } from './callback';

/**
 * A promise derived from the driver's, of the same class, that settles the same way after it was told. To look on
 * from the side would mark a rejection as handled that nobody has handled.
 */
export function settled(
  result: unknown,
  succeeded: (value: unknown) => void,
  failed: (error: unknown) => void,
): unknown {
  const promise = result as { then?: Callback } | undefined;
  if (typeof promise?.then !== 'function') return result;
  return promise.then(
    (value: unknown) => {
      tell(succeeded, value);
      return value;
    },
    (error: unknown) => {
      tell(failed, error);
      throw error;
    },
  );
}

function tell(to: (what: unknown) => void, what: unknown): void {
  try {
    to(what);
  } catch (error) {
    ownFailure('the end of a call', error);
  }
}
