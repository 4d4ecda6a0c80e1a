import { attachment } from '../../attachment';
import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { intercept } from '../method';
import { settled } from '../settled';
import { type Execution, executions } from './execution';
import type { NeonConfig } from './neon';

const patchedConfigs = attachment<NeonConfig, true>();

/**
 * `neonConfig.fetchFunction`, which the driver reads first thing in each execution: there it gets a function that
 * tells of the request, and whoever else reads it gets what the user has set.
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
      return execution === undefined ? own : telling(execution, own);
    },
  });
}

function telling(execution: Execution, own: Callback | undefined): Callback {
  return function fetchFunction(this: unknown, ...args: unknown[]): unknown {
    const [, init] = args as [unknown, { headers?: unknown } | undefined];
    // Not `own ?? fetch` further up: the driver looks for the global fetch when it sends, too.
    const request = own ?? (fetch as Callback);
    // The driver awaits it, whatever it is. Of a thenable of the user's own, `then` may return nothing.
    return settled(
      Promise.resolve(execution.send(init?.headers, request, this, args)),
      (response) => received(execution, response),
      ignored,
    );
  };
}

/** What an answer has that a user's own fetch function gives. */
interface AnswerLike {
  ok?: unknown;
  status?: unknown;
  headers?: { get?(name: string): unknown };
  json?: Callback;
}

/** Neon's is a UUID. What else stands between may put anything into a header. */
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
        // A user's fetch function may keep the answer, or give the same one again.
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

/** Told by the driver's own failure. */
const ignored = (): void => {};
