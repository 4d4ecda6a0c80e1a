import { attachment } from '../../attachment';
import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { intercept } from '../method';
import { settled } from '../settled';
import { type Execution, executions } from './execution';
import type { NeonConfig } from './neon';

const patchedConfigs = attachment<NeonConfig, true>();

/**
 * Patches `neonConfig.fetchFunction`, which the driver reads first in each execution. The driver gets a function that
 * reports the request; all other readers get the user's setting.
 */
export function patchFetchFunction(config: NeonConfig): void {
  if (patchedConfigs.get(config) === true) return;
  patchedConfigs.set(config, true);
  const accessor = Object.getOwnPropertyDescriptor(config, 'fetchFunction');
  const read = accessor?.get;
  if (accessor?.configurable !== true || read === undefined) {
    logInternalError('neonConfig', new Error('this version of Neon keeps its settings elsewhere'));
    return;
  }
  Object.defineProperty(config, 'fetchFunction', {
    ...accessor,
    get(this: unknown) {
      const own = read.call(this) as Callback | undefined;
      const execution = executions.take();
      return execution === undefined ? own : reporting(execution, own);
    },
  });
}

function reporting(execution: Execution, own: Callback | undefined): Callback {
  return function fetchFunction(this: unknown, ...args: unknown[]): unknown {
    const [, init] = args as [unknown, { headers?: unknown } | undefined];
    // The global `fetch` is read when the request is sent, as the driver does.
    const request = own ?? (fetch as Callback);
    // Made a promise, because the driver also awaits a user's thenable, whose `then` may return nothing.
    return settled(
      Promise.resolve(execution.send(init?.headers, request, this, args)),
      (response) => received(execution, response),
      ignored,
    );
  };
}

/** An answer of `fetch`, or of the user's fetch function. */
interface AnswerLike {
  ok?: unknown;
  status?: unknown;
  headers?: { get?(name: string): unknown };
  json?: Callback;
}

/** Neon sends a UUID, but a proxy may put anything into the header. */
const isRequestId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value);

function received(execution: Execution, response: unknown): void {
  if (typeof response !== 'object' || response === null) return;
  const { ok, status, headers } = response as AnswerLike;
  const requestId = headers?.get?.('neon-request-id');
  if (typeof status === 'number') {
    execution.received(status, isRequestId(requestId) ? requestId : undefined);
  }
  if (ok === true) {
    const off = intercept(response, 'json', (original) => {
      return function json(this: unknown): unknown {
        // Restored now, because a user's fetch function may keep the answer, or return the same one again.
        off();
        return settled(
          Promise.resolve(Reflect.apply(original, this, arguments)),
          (answer) => execution.parsed(answer),
          ignored,
        );
      };
    });
  }
}

/** The driver's call fails with the same error, and that failure is reported. */
const ignored = (): void => {};
