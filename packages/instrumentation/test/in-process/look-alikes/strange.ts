import { EventEmitter } from 'node:events';
import * as fc from 'fast-check';

/** Replaces a member of a driver's object. Created for each object, so that two runs share nothing. */
const KINDS = {
  missing: () => undefined,
  undefined: () => ({ value: undefined }),
  null: () => ({ value: null }),
  zero: () => ({ value: 0 }),
  yes: () => ({ value: true }),
  no: () => ({ value: false }),
  text: () => ({ value: 'text' }),
  list: () => ({ value: [] }),
  'list of things': () => ({ value: [1, null, {}, 'text'] }),
  object: () => ({ value: {} }),
  frozen: () => ({ value: Object.freeze({}) }),
  function: () => ({ value() {} }),
  emitter: () => ({ value: new EventEmitter() }),
  'method that throws': () => ({
    value() {
      throw new Error('method');
    },
  }),
  'getter that throws': () => ({
    get(): never {
      throw new Error('getter');
    },
  }),
  'Proxy that throws': () => ({
    value: new Proxy(function target() {}, {
      get(): never {
        throw new Error('trap');
      },
      has(): never {
        throw new Error('trap');
      },
    }),
  }),
} satisfies Record<string, () => PropertyDescriptor | undefined>;

type Kind = keyof typeof KINDS;
/** By name: a kind, or the members of a nested object. */
export interface Members {
  readonly [name: string]: Kind | Members;
}

const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));

export function members(names: readonly string[], nested: Record<string, fc.Arbitrary<Members>> = {}) {
  const one = (name: string): fc.Arbitrary<Kind | Members> => {
    const own = nested[name];
    return own === undefined ? kind : fc.oneof(kind, own);
  };
  return fc.record(Object.fromEntries(names.map((name) => [name, one(name)])));
}

/** Puts members on an object. */
export function furnish<Furnished extends object>(object: Furnished, given: Members): Furnished {
  for (const [name, what] of Object.entries(given)) {
    const descriptor = typeof what === 'string' ? KINDS[what]() : { value: furnish({}, what) };
    if (descriptor === undefined) delete (object as Record<string, unknown>)[name];
    else
      Object.defineProperty(object, name, {
        configurable: true,
        enumerable: true,
        ...descriptor,
        ...writable(descriptor),
      });
  }
  return object;
}

const writable = (descriptor: PropertyDescriptor) => ('value' in descriptor ? { writable: true } : {});

/** The calls, results, errors and callbacks of a program, in order. */
export class Story {
  readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(line);
  }

  /** Runs one step of a program, and what follows of it within some turns of the event loop. */
  async step(name: string, run: () => unknown): Promise<{ result: unknown }> {
    let result: unknown;
    try {
      result = run();
      this.add(`${name} returned ${shown(result)}`);
    } catch (error) {
      this.add(`${name} threw ${error instanceof Error ? error.message : shown(error)}`);
      return { result: undefined };
    }
    if (!isThenable(result)) {
      await turns();
      return { result };
    }
    const settled = Promise.resolve(result).then(
      (value) => `${name} resolved with ${shown(value)}`,
      (error) => `${name} rejected with ${error instanceof Error ? error.message : shown(error)}`,
    );
    this.add(await Promise.race([settled, turns().then(() => `${name} is pending`)]));
    return { result };
  }
}

function isThenable(value: unknown): boolean {
  try {
    return typeof (value as { then?: unknown } | null)?.then === 'function';
  } catch {
    return false;
  }
}

export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((next) => setImmediate(next));
}

function shown(value: unknown): string {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  if (value instanceof Promise) return 'a promise';
  try {
    return typeof value === 'function'
      ? 'a function'
      : `a ${value.constructor?.name} {${Object.keys(value)}}`;
  } catch {
    return 'something strange';
  }
}

/** How a method of a look-alike behaves. */
export const behaviour = fc.constantFrom(
  'returns nothing',
  'returns a text',
  'resolves',
  'rejects',
  'throws',
  'calls back',
  'calls back with an error',
  'calls back later',
  'returns a thenable',
  'returns what cannot be read',
);
export type Behaviour = typeof behaviour extends fc.Arbitrary<infer Value> ? Value : never;

export function behaving(story: Story, name: string, as: Behaviour, what: () => unknown = () => name) {
  return function method(this: unknown, ...args: unknown[]): unknown {
    story.add(`${name} called with ${args.map((arg) => typeof arg).join(', ')}`);
    const last = args.find((arg) => typeof arg === 'function') as
      | ((...results: unknown[]) => void)
      | undefined;
    const callback = (...results: unknown[]): void => {
      try {
        last?.(...results);
      } catch (error) {
        story.add(`the callback of ${name} threw ${(error as Error).message}`);
      }
    };
    if (as === 'throws') throw new Error(name);
    if (as === 'calls back') callback(null, what());
    if (as === 'calls back with an error') callback(new Error(name));
    if (as === 'calls back later') setImmediate(() => callback(null, what()));
    if (as === 'returns a text') return name;
    if (as === 'resolves') return Promise.resolve(what());
    if (as === 'rejects') {
      const rejected = Promise.reject(new Error(name));
      // The caller of a callback ignores its result.
      if (last !== undefined) rejected.catch(() => {});
      return rejected;
    }
    if (as === 'returns what cannot be read') {
      // biome-ignore lint/suspicious/noThenProperty: code that asks whether it is a promise gets the error
      return furnish({}, { then: 'getter that throws' });
    }
    if (as === 'returns a thenable') {
      return {
        // biome-ignore lint/suspicious/noThenProperty: a query builder runs each time it is awaited
        then(resolve: (value: unknown) => void) {
          story.add(`${name} was awaited`);
          resolve(what());
        },
      };
    }
    return undefined;
  };
}
