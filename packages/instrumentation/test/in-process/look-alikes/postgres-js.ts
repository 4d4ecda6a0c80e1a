import * as fc from 'fast-check';
import type { Program } from './programs';
import { furnish, members, type Story } from './strange';

// biome-ignore lint/suspicious/noExplicitAny: look-alikes have any generated member
type Anything = any;

const queryMembers = members(
  [
    'args',
    'canceller',
    'cancelled',
    'cursorFn',
    'executed',
    'forEachFn',
    'handler',
    'options',
    'parameters',
    'reject',
    'resolve',
    'state',
    'statement',
    'string',
    'strings',
    'tagged',
  ],
  { options: members(['onexecute', 'prepare']), statement: members(['string']) },
);
const optionMembers = members(
  ['host', 'port', 'path', 'database', 'user', 'connection', 'parameters', 'socket'],
  { connection: members(['application_name']), parameters: members(['standard_conforming_strings']) },
);

/** What the driver does with a query that it sends. */
const answers = {
  nothing() {},
  rows: (query: Anything) => query.resolve(Object.assign([{ n: 1 }], { columns: [{}], count: 1 })),
  'several results': (query: Anything) => query.resolve([[{ n: 1 }], 'text', null]),
  'an error': (query: Anything) => query.reject(Object.assign(new Error('missing'), { code: '42P01' })),
  'two ends'(query: Anything) {
    query.resolve([]);
    query.reject(new Error('late'));
  },
  'row by row'(query: Anything) {
    query.forEachFn({ n: 1 }, []);
    query.resolve([]);
  },
  'batch by batch'(query: Anything) {
    query.cursorFn([{ n: 1 }]);
    query.resolve([]);
  },
  throws() {
    throw new Error('handler');
  },
};
type Answer = keyof typeof answers;

/** An instance as `postgres()` returns it, with queries of any kind. */
export const postgresQueries: fc.Arbitrary<Program> = fc
  .record({
    own: queryMembers,
    keeps: fc.subarray(['handler', 'resolve', 'reject', 'executed', 'options', 'strings']),
    options: optionMembers,
    answer: fc.constantFrom(...(Object.keys(answers) as Answer[])),
    isSent: fc.boolean(),
    isLate: fc.boolean(),
  })
  .map(({ own, keeps, options, answer, isSent, isLate }) => ({
    prepare(story) {
      const Query = queryClass(story, (query) => {
        const send = (): void => {
          if (isSent) Object.assign(query, { state: {}, statement: { string: 'SELECT 1' } });
          answers[answer](query);
        };
        if (isLate) setImmediate(() => noting(story, 'answer', send));
        else send();
      });
      const strange = Object.fromEntries(Object.entries(own).filter(([name]) => !keeps.includes(name)));
      const make = (): Anything => furnish(new Query(), strange);
      const sql = Object.assign(() => make(), {
        unsafe: () => make(),
        begin() {},
        end: () => story.add('end'),
        reserve: () => story.add('reserve'),
        options: Object.assign(furnish({}, options), { shared: {} }),
      });
      return {
        target: sql,
        async run() {
          await story.step('execute', () => make().execute());
          await story.step('await', () => make());
          await story.step('run twice', () => make().execute().execute());
          const row = () => story.add('row');
          await story.step('forEach', () => make().forEach(row));
          await story.step('cursor', () => make().cursor(row));
          await story.step('reserve', () => sql.reserve());
          await story.step('end', () => sql.end());
        },
      };
    },
  }));

function noting(story: Story, name: string, run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    story.add(`${name} threw ${(error as Error).message}`);
    return undefined;
  }
}

/** The parts of the driver's class that the instrumentation touches, and that call them. */
function queryClass(story: Story, handler: (query: Anything) => void) {
  class Query {
    [member: string]: unknown;
    args = [];
    executed = false;
    options = {};
    state = null;
    statement = null;
    strings = ['SELECT 1'];
    tagged = false;
    handler = handler;
    canceller = () => {};
    constructor() {
      const promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
      // A query may fail although nobody waits for it.
      promise.catch(() => {});
      Object.defineProperty(this, 'promise', { value: promise });
    }
    handle(): void {
      noting(story, 'handle', () => {
        if (this.executed) return;
        this.executed = true;
        (this as Anything).handler(this);
      });
    }
    execute(): this {
      this.handle();
      return this;
    }
    forEach(row: unknown): this {
      return this.#with('forEachFn', row);
    }
    cursor(batch: unknown): this {
      return this.#with('cursorFn', batch);
    }
    #with(name: string, value: unknown): this {
      noting(story, name, () => {
        this[name] = value;
      });
      return this.execute();
    }
    // biome-ignore lint/suspicious/noThenProperty: a query of Postgres.js is a thenable
    then(...args: Anything[]): unknown {
      this.handle();
      return (this as Anything).promise.then(...args);
    }
    cancel() {}
    describe() {}
    raw() {}
  }
  return Query;
}
