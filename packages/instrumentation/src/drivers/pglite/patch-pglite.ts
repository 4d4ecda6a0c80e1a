import { now } from '../../clock';
import { telemetry } from '../../telemetry';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { isPromise } from '../settled';
import { Database } from './database';
import { Execution, type Given } from './execution';
import type { PGlite, PGliteClass } from './pglite';

/** A call of the driver: a statement, one that is never reported, or one that nothing consumes the telemetry of. */
type Call = Execution | 'unreported' | 'unobserved';

/**
 * The call that the driver's next step belongs to. A call goes through `_checkReady`, `_runExclusiveTransaction` and
 * `_runExclusiveQuery`, each called directly by the step before it. A statement of a transaction begins with
 * `_runExclusiveQuery`.
 */
const calls = new CallScope<Call>();

/** Patches the class whose methods hold the mutexes. Its base class, which is not exported, stays as it is. */
export function patchPGlite({ prototype }: PGliteClass): void {
  announce(prototype, 'query', (pglite, [text, values]) => begin(pglite, given(text, values)));
  announce(prototype, 'exec', (pglite, [text]) => begin(pglite, given(text, undefined)));
  // The driver sends this text (src/base.ts, transaction).
  announce(prototype, 'transaction', (pglite) => begin(pglite, given('BEGIN', undefined)));
  // It parses a statement and does not run it.
  announce(prototype, 'describeQuery', () => 'unreported');
  // The application speaks the wire protocol itself, such as a socket server for clients that report their queries.
  announce(prototype, 'runExclusive', () => 'unreported');
  passOnWhenReady(prototype);
  followTransactions(prototype);
  followStatements(prototype);
  readMessages(prototype, 'execProtocol');
  readMessages(prototype, 'execProtocolStream');
}

function given(text: unknown, values: unknown): Given {
  return {
    text: typeof text === 'string' ? text : '',
    parameters: Array.isArray(values) && values.length > 0 ? values : undefined,
  };
}

/** `undefined` when nothing consumes the telemetry. */
function begin(pglite: PGlite, statement: Given | undefined): Execution | undefined {
  const to = telemetry();
  const startedAt = now();
  if (to === undefined || !to.isObserved(startedAt)) return undefined;
  return new Execution(to, startedAt, pglite, Database.of(pglite), statement);
}

/** A statement whose call was not announced: one of a transaction, or one that the application runs for a client. */
function beginInTransaction(pglite: PGlite): Call | undefined {
  return Database.of(pglite).isLent ? 'unreported' : begin(pglite, undefined);
}

function announce(
  prototype: PGlite,
  name: 'query' | 'exec' | 'transaction' | 'describeQuery' | 'runExclusive',
  callOf: (pglite: PGlite, args: ArrayLike<unknown> & Iterable<unknown>) => Call | undefined,
): void {
  replaceMethod(prototype, name, (original) => {
    return function announced(this: PGlite): unknown {
      const args = arguments;
      const call = guarded('a call of PGlite', () => callOf(this, args)) ?? 'unobserved';
      const outer = calls.enter(call);
      try {
        return Reflect.apply(original, this, args);
      } finally {
        calls.leave(outer);
      }
    };
  });
}

function passOnWhenReady(prototype: PGlite): void {
  replaceMethod(prototype, '_checkReady', (original) => {
    return function _checkReady(this: PGlite): unknown {
      const call = calls.take();
      const ready = Reflect.apply(original, this, arguments);
      // This reaction to the promise is registered before the driver's `await`, so it runs right before the next step.
      if (call !== undefined) whenSettled(ready, () => passOn(call), failing(call));
      return ready;
    };
  });
}

function passOn(call: Call): void {
  calls.enter(call);
  // After the next step, which takes the call.
  queueMicrotask(() => {
    if (calls.current === call) calls.take();
  });
}

function followTransactions(prototype: PGlite): void {
  replaceMethod(prototype, '_runExclusiveTransaction', (original) => {
    return function _runExclusiveTransaction(this: PGlite, run: unknown): unknown {
      const call = calls.take();
      const database = guarded('a call of PGlite', () => Database.of(this));
      if (database === undefined || call === 'unobserved' || typeof run !== 'function')
        return Reflect.apply(original, this, arguments);
      const { pending } = database;
      if (call !== undefined && call !== 'unreported') call.waits(pending.transactions > 0);
      pending.transactions += 1;
      const exclusive = call === undefined ? lent(database, run as Callback) : within(call, run as Callback);
      const ended = () => {
        pending.transactions -= 1;
      };
      return untilSettled(
        () => Reflect.apply(original, this, withFirst(arguments, exclusive)),
        ended,
        (error) => {
          ended();
          if (call !== undefined) failing(call)(error);
        },
      );
    };
  });
}

/** What the driver runs when it has the mutex belongs to this call. */
function within(call: Call, run: Callback): Callback {
  return function exclusive(this: unknown): unknown {
    const outer = calls.enter(call);
    try {
      return Reflect.apply(run, this, arguments);
    } finally {
      calls.leave(outer);
    }
  };
}

/**
 * Only the application calls this without a method of the driver: it holds the database for a client, as `worker` does
 * for PGliteWorker (src/worker/index.ts).
 */
function lent(database: Database, run: Callback): Callback {
  return function exclusive(this: unknown): unknown {
    const returned = () => {
      database.isLent = false;
    };
    database.isLent = true;
    return untilSettled(() => Reflect.apply(run, this, arguments), returned, returned);
  };
}

function followStatements(prototype: PGlite): void {
  replaceMethod(prototype, '_runExclusiveQuery', (original) => {
    return function _runExclusiveQuery(this: PGlite, run: unknown): unknown {
      const call = calls.take() ?? guarded('a statement of PGlite', () => beginInTransaction(this));
      const database = guarded('a call of PGlite', () => Database.of(this));
      if (database === undefined || call === undefined || call === 'unobserved' || typeof run !== 'function')
        return Reflect.apply(original, this, arguments);
      const { pending } = database;
      const execution = call === 'unreported' ? undefined : call;
      execution?.waits(pending.statements > 0);
      pending.statements += 1;
      const exclusive = function exclusive(this: unknown): unknown {
        execution?.sending();
        return Reflect.apply(run as Callback, this, arguments);
      };
      const ended = () => {
        pending.statements -= 1;
      };
      return untilSettled(
        () => Reflect.apply(original, this, withFirst(arguments, exclusive)),
        (value) => {
          ended();
          execution?.succeeded(value);
        },
        (error) => {
          ended();
          execution?.failed(error);
        },
      );
    };
  });
}

function readMessages(prototype: PGlite, name: 'execProtocol' | 'execProtocolStream'): void {
  replaceMethod(prototype, name, (original) => {
    return function sent(this: PGlite, message: Uint8Array): unknown {
      guarded('a message of PGlite', () => Database.of(this).running?.sends(message));
      return Reflect.apply(original, this, arguments);
    };
  });
}

const failing =
  (call: Call) =>
  (error: unknown): void => {
    if (typeof call !== 'string') call.failed(error);
  };

/** The arguments of a call, with another one in the first place. */
const withFirst = (args: IArguments, first: unknown): unknown[] => [first, ...[...args].slice(1)];

/** Calls a function of the driver or the application, and reports how it has ended. */
function untilSettled(
  call: () => unknown,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): unknown {
  let done: unknown;
  try {
    done = call();
  } catch (error) {
    guarded(END, () => rejected(error));
    throw error;
  }
  whenSettled(done, fulfilled, rejected);
  return done;
}

const END = 'the end of a call of PGlite';

/** The driver itself awaits the promise, so this hides no unhandled rejection. */
function whenSettled(
  promise: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): void {
  guarded(END, () => {
    if (!isPromise(promise)) {
      fulfilled(undefined);
      return;
    }
    promise.then(
      (value: unknown) => guarded(END, () => fulfilled(value)),
      (error: unknown) => guarded(END, () => rejected(error)),
    );
  });
}
