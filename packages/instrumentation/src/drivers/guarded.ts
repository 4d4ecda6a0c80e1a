import { logInternalError } from '../warnings';

/**
 * Runs what is ours within a patched method. Objects that reach a patch may be anything: another version of the driver,
 * a test double, a Proxy whose traps throw. Whatever is thrown here is not the caller's; the driver's call goes on.
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
