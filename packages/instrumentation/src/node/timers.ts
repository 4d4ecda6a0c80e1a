import { AsyncResource } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Timers } from '../platform';

/**
 * Timers start in this scope, that of whoever loads this module. Armed where an operation starts, they would keep that
 * request's AsyncLocalStorage stores alive and pass its trace on to others.
 */
const SCOPE = new AsyncResource('PgOtelHeartbeat', { requireManualDestroy: true });

export const timers: Timers = {
  later(run, milliseconds) {
    const timer = SCOPE.runInAsyncScope(() =>
      context.with(ROOT_CONTEXT, () => setTimeout(run, milliseconds).unref()),
    );
    return () => clearTimeout(timer);
  },

  afterReading(run) {
    setImmediate(() => setImmediate(run));
  },
};
