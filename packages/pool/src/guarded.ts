import { errorType } from '@pg-otel/instrumentation/pools';
import { warn } from './warnings';

/**
 * Runs a part of the manager. An internal error is a warning: thrown in a timer or a listener, it would end the process
 * or reach the application.
 */
export function guarded(run: () => unknown): void {
  try {
    const result = run();
    if (result instanceof Promise) result.catch(warnOfInternalError);
  } catch (error) {
    warnOfInternalError(error);
  }
}

/** Without the message of the error, which may contain data. */
function warnOfInternalError(error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const where = frames.slice(0, 5).join('\n');
  warn(
    'PG_OTEL_POOL_FAILED',
    `The manager of a pool failed; the pool is not affected: ${errorType(error)}\n${where}`,
  );
}
