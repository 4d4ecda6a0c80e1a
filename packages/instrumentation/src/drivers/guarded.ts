import { logInternalError } from '../warnings';

/**
 * Runs code of pg-otel within a patched method. Objects that reach a patch may be anything: another version of the driver,
 * a test double, a Proxy whose traps throw. An error in this code does not reach the caller, and the driver's call continues.
 *
 * @returns `undefined` after a failure
 */
export function guarded<Result>(where: string, run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    logInternalError(where, error);
    return undefined;
  }
}
