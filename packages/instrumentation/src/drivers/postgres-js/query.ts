import { attachment } from '../../attachment';
import { now } from '../../clock';
import { type Telemetry, telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { stackBelow } from '../call-stack';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { Execution, handlerCalls } from './execution';
import type { PostgresQuery, QueryClass } from './postgres';
import { whenBuilt } from './when-built';

/**
 * Patches the method that runs a query. `then`, `catch`, `finally`, `execute`, `forEach` and a cursor's `next` call it,
 * each time; the first call runs the query. It is not called for a query that is a fragment of another one.
 */
export function patchPostgresQuery(Query: QueryClass): void {
  replaceMethod(Query.prototype, 'handle', (original) => {
    return function handle(this: PostgresQuery): unknown {
      try {
        if (!this.executed) {
          const to = telemetry();
          if (to !== undefined) begin(to, this, handle);
        } else if (this.cursorFn !== undefined) {
          followAgain(this);
        }
      } catch (error) {
        logInternalError('a query', error);
      }
      return Reflect.apply(original, this, arguments);
    };
  });
}

/** Nothing begins when nothing consumes the telemetry, or for a query that was cancelled before: it is rejected already. */
function begin(to: Telemetry, query: PostgresQuery, handle: Callback): void {
  const startedAt = now();
  if (query.cancelled || !to.isObserved(startedAt) || !canBeFollowed(query)) return;
  const isTaking = typeof query.options.onexecute === 'function';
  const takenAt = isTaking && to.samplesStack(startedAt) ? stackOfCaller(handle) : undefined;
  const execution = new Execution(to, startedAt, query, takenAt);
  follow(query, execution);
  followHandler(query, execution);
  if (!execution.isSendingSeen) whenBuilt(query, execution);
}

/** A separate function: V8 would allocate the variables of the closure for each query. */
const stackOfCaller = (handle: Callback): string | undefined =>
  guarded('the stack of a caller', () => stackBelow(handle));

/** Whether it ends as the driver's queries do. A test double may have other members of these names, or none. */
const canBeFollowed = ({ handler, resolve, reject }: PostgresQuery): boolean =>
  typeof handler === 'function' && typeof resolve === 'function' && typeof reject === 'function';

/**
 * The driver calls the handler in a microtask. When it returns, it is known whether the query was sent. A microtask
 * after the driver's would show this too, but takes a promise for each query.
 */
function followHandler(query: PostgresQuery, execution: Execution): void {
  const { handler } = query;
  query.handler = function followed(this: unknown): unknown {
    restore(query, handler);
    const outer = handlerCalls.enter(execution);
    try {
      return Reflect.apply(handler, this, arguments);
    } finally {
      handlerCalls.leave(outer);
      execution.handled();
    }
  };
}

/** Fails for a query that was frozen in the meantime. The driver sends it all the same. */
function restore(query: PostgresQuery, handler: Callback): void {
  try {
    query.handler = handler;
  } catch (error) {
    logInternalError('a query', error);
  }
}

/** The functions with which a cursor's iterator has been replaced last. */
const followedResolves = attachment<PostgresQuery, Callback>();

function follow(query: PostgresQuery, execution: Execution): void {
  const { resolve, reject, forEachFn, cursorFn } = query;
  // Without names, as those of the driver.
  query.resolve = function (this: unknown, value: unknown): unknown {
    execution.resolved(value);
    return Reflect.apply(resolve, this, arguments);
  };
  query.reject = function (this: unknown, error: unknown): unknown {
    execution.rejected(error);
    return Reflect.apply(reject, this, arguments);
  };
  if (typeof forEachFn === 'function') query.forEachFn = inCallersContext(forEachFn, execution);
  if (typeof cursorFn === 'function') {
    query.cursorFn = paced(cursorFn, execution);
    followedResolves.set(query, query.resolve);
    execution.attachTo(query);
  }
}

/** A cursor's iterator replaces the functions of its query at each `next` (src/query.js, cursor). */
function followAgain(query: PostgresQuery): void {
  const execution = Execution.of(query);
  if (execution === undefined || execution.hasEnded || followedResolves.get(query) === query.resolve) return;
  follow(query, execution);
}

/** The driver calls it for each row, in the context in which the connection was opened. */
function inCallersContext(callback: Callback, execution: Execution): Callback {
  return function forEach(this: unknown): unknown {
    execution.rowsArrived();
    return execution.inCallersContext(callback, this, arguments);
  };
}

/** The driver calls it for each batch, and asks the server for the next batch when its promise has been fulfilled. */
function paced(callback: Callback, execution: Execution): Callback {
  return function cursor(this: unknown, ...args: unknown[]): unknown {
    execution.clock?.answered('statement', 'rows');
    guarded('a cursor', () => execution.batchArrived((args[0] as { length: number }).length));
    const result = execution.inCallersContext(callback, this, args);
    const asks = (value: unknown): unknown => {
      execution.clock?.requested('rows');
      return value;
    };
    // Any other thenable might repeat its work. The driver gets the derived promise, so a rejection stays unhandled when
    // the driver does not wait for it, which is the case for the last batch.
    return result instanceof Promise && result.constructor === Promise ? result.then(asks) : asks(result);
  };
}
