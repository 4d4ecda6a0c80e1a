import { fuzz, type Recorder, startRecorder } from '@pg-otel/testkit';
import * as fc from 'fast-check';
import pg from 'pg';
import { newDb } from 'pg-mem';
import { instrument, PostgresInstrumentation } from '../../src';
import { pglites } from './look-alikes/pglite';
import { postgresQueries } from './look-alikes/postgres-js';
import { clients, neonQueries, type Program, pgPools, pools, submittables } from './look-alikes/programs';
import { Story, turns } from './look-alikes/strange';

let instrumentation: PostgresInstrumentation;
let recorder: Recorder;

beforeAll(() => {
  recorder = startRecorder();
  // On a slow machine, a program may take longer than a query may. Its client would be asked why.
  instrumentation = new PostgresInstrumentation({ diagnose: false });
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
  instrument(pg);
});

afterEach(() => instrumentation.enable());
// A look-alike causes a warning, which is not the subject here.
beforeAll(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterAll(() => jest.restoreAllMocks());

afterAll(async () => {
  instrumentation.disable();
  await recorder.shutdown();
});

async function run(program: Program, isInstrumented: boolean): Promise<readonly string[]> {
  const story = new Story();
  const { target, run: runIt } = program.prepare(story);
  if (isInstrumented) {
    instrumentation.enable();
    instrument(target);
  } else {
    instrumentation.disable();
  }
  await runIt();
  await turns();
  return story.lines;
}

/** What an uninstrumented program observes: its calls, results, errors and callbacks. */
const behavesTheSame = (programs: fc.Arbitrary<Program>) =>
  fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const [uninstrumented, instrumented] = [await run(program, false), await run(program, true)];
      expect(instrumented).toEqual(uninstrumented);
    }),
    fuzz(300),
  );

describe.each([
  ['pg', () => ({ Pool: jest.fn(() => ({ query: jest.fn(() => 'mocked') })) })],
  ['pg as ESM', () => ({ default: { Client: jest.fn(() => ({ query: jest.fn(() => 'mocked') })) } })],
  ['Neon', () => ({ neon: jest.fn(() => ({ query: jest.fn(() => 'mocked') })) })],
  ['PGlite', () => ({ PGlite: jest.fn(() => ({ query: jest.fn(() => 'mocked') })) })],
])('a mock in the place of %s', (_, mock) => {
  it('stays as it is', () => {
    const module = mock();
    const before = { ...module };
    expect(instrument(module)).toBe(module);
    expect({ ...module }).toEqual(before);
  });
});

describe('pg-mem in the place of pg', () => {
  it('answers queries of pools and clients', async () => {
    const mem = instrument(newDb().adapters.createPg() as { Pool: typeof pg.Pool; Client: typeof pg.Client });
    const pool = new mem.Pool();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    const checkedOut = await pool.connect();
    expect((await checkedOut.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    checkedOut.release();
    const client = new mem.Client();
    await client.connect();
    expect((await client.query('SELECT 3 AS three')).rows).toEqual([{ three: 3 }]);
    await client.end();
    await pool.end();
    expect(recorder.openSpans()).toEqual([]);
  });

  it('connects with callbacks', async () => {
    const mem = instrument(newDb().adapters.createPg() as { Pool: typeof pg.Pool; Client: typeof pg.Client });
    const rows = await new Promise((resolve, reject) => {
      new mem.Pool().connect((error, client, release) => {
        if (error || client === undefined) return reject(error);
        client.query('SELECT 1 AS one', (failure, result) => {
          release();
          if (failure) reject(failure);
          else resolve(result.rows);
        });
      });
    });
    expect(rows).toEqual([{ one: 1 }]);
  });
});

it('does not throw where OpenTelemetry cannot hook modules, as in the vm pools of vitest', () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  emitted.mockClear();
  class Client {
    on() {}
    connect() {}
    query() {}
    end() {}
  }
  jest.isolateModules(() => {
    jest.doMock('require-in-the-middle', () => ({
      Hook: class {
        constructor() {
          throw new TypeError('no file');
        }
      },
    }));
    const fresh = jest.requireActual<typeof import('../../src')>('../../src');
    jest.dontMock('require-in-the-middle');
    expect(fresh.instrument(Client)).toBe(Client);
  });
  // There may be a copy of another test file in this process.
  const calls = emitted.mock.calls as unknown as [string, { code: string }][];
  expect(calls.filter(([, { code }]) => code !== 'PG_OTEL_TWO_COPIES')).toEqual([
    [
      'OpenTelemetry cannot hook modules in this process: no file. Use the pool forks of vitest (--pool=forks), which needs nothing.',
      { type: 'PgOtelWarning', code: 'PG_OTEL_OWN_LOADER' },
    ],
  ]);
});

it('instruments a client of which only the methods are there', async () => {
  class Client {
    connection = { on() {}, once() {} };
    on() {}
    async connect() {
      return 'connected';
    }
    async query() {
      return 'answered';
    }
    async end() {}
  }
  instrument(Client);
  const client = new Client();
  expect(await client.connect()).toBe('connected');
  expect(await client.query()).toBe('answered');
});

it('instruments a PGlite whose methods return no promises and whose properties throw', async () => {
  class PGlite {
    get ready(): boolean {
      throw new Error('ready');
    }
    get ENV(): object {
      throw new Error('ENV');
    }
    query(text: string) {
      this._checkReady();
      return this._runExclusiveTransaction(() => this._runExclusiveQuery(() => `answered ${text}`));
    }
    exec() {
      throw new Error('exec');
    }
    async transaction(run: (tx: PGlite) => unknown) {
      return run(this);
    }
    _checkReady() {}
    _runExclusiveTransaction = undefined as unknown as (run: () => unknown) => unknown;
    _runExclusiveQuery = undefined as unknown as (run: () => unknown) => unknown;
  }
  const run = (work: () => unknown) => work();
  Object.assign(PGlite.prototype, { _runExclusiveTransaction: run, _runExclusiveQuery: run });
  instrument(PGlite);
  const db = Object.create(PGlite.prototype) as PGlite;
  expect(db.query('SELECT 1')).toBe('answered SELECT 1');
  expect(() => db.exec()).toThrow('exec');
  expect(await db.transaction((tx) => tx.query('SELECT 2'))).toBe('answered SELECT 2');
  expect(recorder.openSpans()).toEqual([]);
});

describe('a query of Postgres.js', () => {
  /** A query of an instance that is instrumented. */
  function queryWith(members: object) {
    class Query {
      executed = false;
      options = {};
      strings = ['SELECT 1'];
      // biome-ignore lint/suspicious/noThenProperty: a query of Postgres.js is a thenable
      then() {}
      handle(this: { executed: boolean; handler(query: unknown): unknown }) {
        if (this.executed) return undefined;
        this.executed = true;
        // As an application may do before the driver sends the query.
        if ('isFrozen' in members) Object.freeze(this);
        return this.handler(this);
      }
    }
    for (const name of ['cancel', 'cursor', 'describe', 'execute', 'forEach', 'raw'])
      Object.assign(Query.prototype, { [name]() {} });
    const make = () => Object.assign(new Query(), { handler() {}, resolve() {}, reject() {} }, members);
    instrument(Object.assign(() => {}, { unsafe: make, begin() {}, end() {}, options: { shared: {} } }));
    return make();
  }

  it('ends by its own functions, called as they are without the instrumentation', () => {
    const calls: unknown[] = [];
    const query: object & { handle(): unknown } = queryWith({
      handler: (self: { resolve(value: unknown, more: unknown): unknown }) => self.resolve('rows', 'more'),
      resolve(this: unknown, ...args: unknown[]) {
        calls.push(this === query, args);
      },
    });
    query.handle();
    expect(calls).toEqual([true, ['rows', 'more']]);
    expect(recorder.openSpans()).toEqual([]);
  });

  it('is sent although it was frozen in the meantime', () => {
    const handler = jest.fn(() => 'sent');
    expect(queryWith({ handler, isFrozen: true }).handle()).toBe('sent');
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

it('an instance of Postgres.js whose options cannot be read stays as it is', () => {
  const options = {
    shared: {},
    get host(): string {
      throw new Error('host');
    },
  };
  const unsafe = () => {
    throw new Error('unsafe');
  };
  const sql = Object.assign(() => {}, { unsafe, begin() {}, end() {}, options });
  expect(instrument(sql)).toBe(sql);
});

describe('a program behaves the same with any object that looks like one of a driver', () => {
  it('of clients', () => behavesTheSame(clients));
  it('of pools', () => behavesTheSame(pools));
  it('of pg-pool with clients of another kind', () => behavesTheSame(pgPools));
  it('of submittables', () => behavesTheSame(submittables));
  it('of queries over HTTP', () => behavesTheSame(neonQueries));
  it('of queries of Postgres.js', () => behavesTheSame(postgresQueries));
  it('of PGlite', () => behavesTheSame(pglites));
});
