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

function warnOfInternalError(error: unknown): void {
  warn(
    'PG_OTEL_POOL_FAILED',
    `The manager of a pool failed; the pool is not affected: ${errorType(error)}${framesOf(error)}`,
  );
}

/** The first frames of a stack. The message before them may contain data, also in lines that look like frames. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { stack, message }: { stack?: unknown; message: unknown } = error;
  // An application may define another representation (Error.prepareStackTrace).
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  const lines = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line)).slice(0, 5);
  return frames.map((frame) => `\n${frame}`).join('');
}
