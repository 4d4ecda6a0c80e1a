import { AsyncResource } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { guarded } from '../drivers/guarded';
import type { Timers } from '../platform';

/**
 * The asynchronous scope in which timers start: the one in which this module was loaded. Timers that start in the scope
 * of an operation would keep the AsyncLocalStorage stores of its request alive, and use its trace for other requests.
 */
const SCOPE = new AsyncResource('PgOtelHeartbeat', { requireManualDestroy: true });

/** An error in a timer would end the process. */
export const timers: Timers = {
  later(run, milliseconds) {
    const timer = SCOPE.runInAsyncScope(() =>
      context.with(ROOT_CONTEXT, () => setTimeout(() => guarded('a timer', run), milliseconds).unref()),
    );
    return () => clearTimeout(timer);
  },

  afterReading(run) {
    setImmediate(() => setImmediate(() => guarded('a timer', run)));
  },
};
