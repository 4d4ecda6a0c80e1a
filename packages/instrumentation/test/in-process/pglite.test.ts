import type * as pglite from '@electric-sql/pglite';
import type * as pgliteLive from '@electric-sql/pglite/live';
import { context, type Span, trace } from '@opentelemetry/api';
import { pollUntil, type RecordedSpan, startRecorder } from '@pg-otel/testkit';
import { instrument, PostgresInstrumentation } from '../../src';

const recorder = startRecorder();
const instrumentation = new PostgresInstrumentation();

/** Node's own loader: jest's cannot run the dynamic imports of PGlite. */
const load = (process.nextTick.constructor as FunctionConstructor)(
  'file',
  `return process.getBuiltinModule('node:module').createRequire(file)`,
)(__filename) as NodeJS.Require;
const { PGlite } = load('@electric-sql/pglite') as typeof pglite;
const { live } = load('@electric-sql/pglite/live') as typeof pgliteLive;

interface Transactional {
  transaction(run: (tx: { execute(text: string): Promise<unknown> }) => Promise<void>): Promise<void>;
}
const { drizzle } = load('drizzle-orm/pglite') as { drizzle(options: object): Transactional };

const DATABASE = { 'db.system.name': 'postgresql', 'db.namespace': 'postgres' };

let db: Awaited<ReturnType<typeof start>>;

const start = () => PGlite.create({ extensions: { live } });

beforeAll(async () => {
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
  db = instrument(await start());
  await db.exec('CREATE TABLE people (id int PRIMARY KEY, name text)');
});

beforeEach(() => {
  instrumentation.setConfig({});
  instrumentation.enable();
  recorder.clear();
});

afterEach(() => db.exec('TRUNCATE people'));

afterAll(async () => {
  await db.close();
  instrumentation.disable();
  await recorder.shutdown();
});

/** Runs a function below a span, and returns the spans below it. */
async function below(run: () => unknown, parent: Span = trace.getTracer('test').startSpan('application')) {
  await context.with(trace.setSpan(context.active(), parent), async () => run());
  parent.end();
  const { spanId } = parent.spanContext();
  return recorder.spans().filter(({ parentSpanId }) => parentSpanId === spanId);
}

const names = (spans: readonly RecordedSpan[]) => spans.map(({ name }) => name);
const slow = () => recorder.events().filter(({ name }) => name === 'pg_otel.operation.slow');
const ignored = () => {};

describe('a query of PGlite', () => {
  it('has a span with text, summary and rows', async () => {
    const [span, ...others] = await below(() => db.query('SELECT name FROM people WHERE id = $1', [1]));
    expect(span).toMatchObject({ name: 'SELECT people', kind: 'CLIENT' });
    expect(span?.attributes).toEqual({
      ...DATABASE,
      'db.query.summary': 'SELECT people',
      'db.query.text': 'SELECT name FROM people WHERE id = $1',
      'db.response.returned_rows': 0,
    });
    expect(others).toEqual([]);
  });

  it('is sanitised if it has no bound values', async () => {
    const [span] = await below(() => db.query(`INSERT INTO people VALUES (1, 'Ada')`));
    expect(span?.attributes).toEqual({
      ...DATABASE,
      'db.query.summary': 'INSERT people',
      'db.query.text': 'INSERT INTO people VALUES (?, ?)',
    });
  });

  it('has one span as template', async () => {
    const [span, ...others] = await below(() => db.sql`SELECT ${1}::int AS one`);
    expect(span?.attributes['db.query.text']).toBe('SELECT $1::int AS one');
    expect(others).toEqual([]);
  });

  it('has one span for all statements of exec', async () => {
    const [span, ...others] = await below(() => db.exec('SELECT 1; SELECT 2, 3'));
    expect(span).toMatchObject({ name: 'SELECT SELECT', attributes: { 'db.response.returned_rows': 2 } });
    expect(others).toEqual([]);
  });

  it('has the SQLSTATE of its error', async () => {
    const [span] = await below(() => db.query('SELECT * FROM missing').catch(ignored));
    expect(span).toMatchObject({
      status: { message: '42P01 undefined_table' },
      attributes: { 'error.type': '42P01', 'db.response.status_code': '42P01' },
    });
  });

  it('is not reported when it is only described', async () => {
    expect(await below(() => db.describeQuery('SELECT 1'))).toEqual([]);
    expect(await below(() => db.describeQuery('SELECT * FROM missing').catch(ignored))).toEqual([]);
  });

  it('is not reported while the instrumentation is disabled', async () => {
    instrumentation.disable();
    expect((await db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await db.transaction((tx) => tx.query('SELECT 1'));
    expect(recorder.spans()).toEqual([]);
  });

  it('is recorded in the histogram of durations', async () => {
    await db.query('SELECT 1');
    const points = await recorder.points();
    const [point] = points.filter(
      ({ name, attributes }) =>
        name === 'db.client.operation.duration' && attributes['db.query.summary'] === 'SELECT',
    );
    expect(point?.attributes).toEqual({ ...DATABASE, 'db.query.summary': 'SELECT' });
  });
});

describe('a transaction of PGlite', () => {
  it('has a span for each statement, below the span of its caller', async () => {
    const spans = await below(() =>
      db.transaction(async (tx) => {
        await tx.query('INSERT INTO people VALUES ($1, $2)', [1, 'Ada']);
        await tx.sql`SELECT name FROM people WHERE id = ${1}`;
        await tx.exec(`SELECT 'secret'`);
      }),
    );
    expect(names(spans)).toEqual(['BEGIN', 'INSERT people', 'SELECT people', 'SELECT', 'COMMIT']);
    expect(spans.map(({ attributes }) => attributes['db.query.text'])).toEqual([
      'BEGIN',
      'INSERT INTO people VALUES ($1, $2)',
      'SELECT name FROM people WHERE id = $1',
      'SELECT ?',
      'COMMIT',
    ]);
    expect(spans.map(({ attributes }) => attributes['db.response.returned_rows'])).toEqual([
      undefined,
      undefined,
      1,
      1,
      undefined,
    ]);
  });

  it('reports a rollback, and a statement that the database cannot parse', async () => {
    expect(names(await below(() => db.transaction((tx) => tx.rollback())))).toEqual(['BEGIN', 'ROLLBACK']);
    const spans = await below(() => db.transaction((tx) => tx.sql`nonsense ${1}`).catch(ignored));
    expect(names(spans)).toEqual(['BEGIN', 'postgres', 'ROLLBACK']);
    expect(spans[1]?.attributes).toMatchObject({ 'db.response.status_code': '42601' });
  });

  it('reports bound values if an option enables it', async () => {
    instrumentation.setConfig({ parameters: true });
    const values = [42, null, 'Ada', true];
    const text = 'SELECT $1::int, $2::text, $3::text, $4::bool';
    const [single] = await below(() => db.query(text, values));
    const [, inside] = await below(() => db.transaction((tx) => tx.query(text, values)));
    const parameters = (span: RecordedSpan | undefined) =>
      Object.entries(span?.attributes ?? {}).filter(([key]) => key.startsWith('db.query.parameter.'));
    expect(parameters(single).map(([, value]) => value)).toEqual(['42', 'null', 'Ada', 'true']);
    // The message to the database has `t` for true.
    expect(parameters(inside).map(([, value]) => value)).toEqual(['42', 'null', 'Ada', 't']);
  });
});

describe('the time in the queue of PGlite', () => {
  const queueTimes = (spans: readonly RecordedSpan[]) =>
    spans.map(({ name, attributes }) => [name, typeof attributes['pg_otel.client.queue_time']]);

  it('is absent when nothing else runs', async () => {
    expect(queueTimes(await below(() => db.query('SELECT 1')))).toEqual([['SELECT', 'undefined']]);
    expect(queueTimes(await below(() => db.transaction((tx) => tx.query('SELECT 1'))))).toEqual([
      ['BEGIN', 'undefined'],
      ['SELECT', 'undefined'],
      ['COMMIT', 'undefined'],
    ]);
  });

  it('is the time behind other queries, transactions and exclusive work', async () => {
    const queries = await below(() => Promise.all([db.query('SELECT 1'), db.query('SELECT 2')]));
    expect(queueTimes(queries)).toEqual([
      ['SELECT', 'undefined'],
      ['SELECT', 'number'],
    ]);
    const transaction = await below(() =>
      db.transaction((tx) => Promise.all([tx.query('SELECT 1'), tx.query('SELECT 2')])),
    );
    expect(queueTimes(transaction)).toEqual([
      ['BEGIN', 'undefined'],
      ['SELECT', 'undefined'],
      ['SELECT', 'number'],
      ['COMMIT', 'undefined'],
    ]);
    const behindWork = await below(() =>
      Promise.all([db.runExclusive(async () => {}), db.query('SELECT 1')]),
    );
    expect(queueTimes(behindWork)).toEqual([['SELECT', 'number']]);
  });
});

describe('a slow query of PGlite', () => {
  const LIMIT = 0.3;
  const SLEEP = 'SELECT pg_sleep(0.5)';
  const limits = { slowAfter: [LIMIT], diagnose: false };

  it('is reported when it ends, because it blocks the event loop', async () => {
    instrumentation.setConfig(limits);
    await db.query(SLEEP);
    expect(slow().map(({ attributes }) => attributes)).toEqual([
      {
        ...DATABASE,
        'pg_otel.operation.kind': 'query',
        'pg_otel.operation.limit': LIMIT,
        'pg_otel.operation.elapsed': expect.any(Number),
        'pg_otel.operation.running': 0,
        'pg_otel.operation.crossings': 1,
        'db.query.summary': 'SELECT',
      },
    ]);
  });

  it('is reported while it waits for a transaction', async () => {
    instrumentation.setConfig(limits);
    let release: () => void = ignored;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const transaction = db.transaction(() => gate);
    const waiting = db.query('SELECT name FROM people');
    const event = await pollUntil(async () => slow()[0]);
    expect(event?.attributes).toMatchObject({ ...DATABASE, 'db.query.summary': 'SELECT people' });
    expect(names(recorder.spans())).toEqual(['BEGIN']);
    release();
    await Promise.all([transaction, waiting]);
  });
});

describe('what is built on PGlite', () => {
  it('live queries belong to who subscribes, their refreshes to who changes the data', async () => {
    const seen: unknown[] = [];
    let subscription: { unsubscribe(): Promise<void> } | undefined;
    const creation = await below(async () => {
      subscription = await db.live.query('SELECT name FROM people', [], ({ rows }) => seen.push(...rows));
    });
    expect(names(creation)).toEqual([
      'BEGIN',
      'CREATE VIEW live_query_view SELECT people',
      expect.stringMatching(/^SELECT pg_rewrite/),
      expect.stringMatching(/^CREATE FUNCTION/),
      'PREPARE live_query_get SELECT live_query_view',
      'EXECUTE live_query_get',
      expect.stringMatching(/^LISTEN/),
      'COMMIT',
    ]);
    const writer = trace.getTracer('test').startSpan('writer');
    await below(() => db.query('INSERT INTO people VALUES ($1, $2)', [1, 'Ada']), writer);
    await pollUntil(async () => seen.length > 0);
    const { spanId } = writer.spanContext();
    const refreshes = recorder.spans().filter(({ parentSpanId }) => parentSpanId === spanId);
    expect(names(refreshes)).toEqual(['INSERT people', 'EXECUTE live_query_get']);
    await subscription?.unsubscribe();
  });

  it.each(['changes', 'incrementalQuery'] as const)(
    'live.%s belongs to who subscribes, its refreshes to who changes the data',
    async (method) => {
      const seen: unknown[] = [];
      let subscription: { unsubscribe(): Promise<void> } | undefined;
      const creation = await below(async () => {
        const text = 'SELECT id, name FROM people';
        subscription =
          method === 'changes'
            ? await db.live.changes(text, [], 'id', (changes) => seen.push(...changes))
            : await db.live.incrementalQuery(text, [], 'id', ({ rows }) => seen.push(...rows));
      });
      const refresh = [
        'BEGIN',
        expect.stringMatching(/^INSERT live_query_state\d SELECT live_query_view$/),
        expect.stringMatching(/^EXECUTE live_query_diff\d$/),
        expect.stringMatching(/^TRUNCATE live_query_state\d$/),
        'COMMIT',
      ];
      expect(names(creation)).toEqual([
        'BEGIN',
        'CREATE VIEW live_query_view SELECT people',
        expect.stringMatching(/^SELECT pg_rewrite/),
        'SELECT information_schema.columns',
        'CREATE TABLE live_query_state1 live_query_view CREATE TABLE live_query_state2 live_query_view',
        expect.stringMatching(/^PREPARE live_query_diff1 SELECT live_query_state2/),
        expect.stringMatching(/^PREPARE live_query_diff2 SELECT live_query_state1/),
        expect.stringMatching(/^LISTEN/),
        'COMMIT',
        ...refresh,
      ]);
      seen.length = 0;
      const writer = trace.getTracer('test').startSpan('writer');
      await below(() => db.query('INSERT INTO people VALUES ($1, $2)', [1, 'Ada']), writer);
      await pollUntil(async () => seen.length > 0);
      const { spanId } = writer.spanContext();
      const refreshes = recorder.spans().filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(names(refreshes)).toEqual(['INSERT people', ...refresh]);
      await subscription?.unsubscribe();
    },
  );

  it('LISTEN and UNLISTEN have spans', async () => {
    const spans = await below(async () => {
      const unlisten = await db.listen('orders', ignored);
      await unlisten();
    });
    expect(names(spans)).toEqual(['LISTEN orders', 'UNLISTEN orders']);
  });

  it('Drizzle has one span for each statement', async () => {
    const orm = drizzle({ client: db });
    const spans = await below(() =>
      orm.transaction(async (tx) => {
        await tx.execute('SELECT 1');
      }),
    );
    expect(names(spans)).toEqual(['BEGIN', 'SELECT', 'COMMIT']);
  });

  it('the wire protocol of an application is not reported', async () => {
    const query = new TextEncoder().encode('Q\0\0\0\rSELECT 1\0');
    await below(() => db.runExclusive(() => db.execProtocol(query)));
    await below(() => db.execProtocolRaw(query));
    expect(names(recorder.spans())).toEqual(['application', 'application']);
  });
});

describe('a database that is held for a client', () => {
  /** As `worker` does for PGliteWorker: the client sends messages, and reports its statements itself. */
  const lend = (run: () => Promise<unknown>) => db._runExclusiveTransaction(() => db._runExclusiveQuery(run));
  const SELECT = new TextEncoder().encode('Q\0\0\0\rSELECT 1\0');

  it('does not report the statements of the client', async () => {
    await lend(() => db.execProtocol(SELECT));
    await expect(lend(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(recorder.spans()).toEqual([]);
  });

  it('reports statements of the application, which wait for it', async () => {
    const spans = await below(() =>
      Promise.all([
        lend(() => db.execProtocol(SELECT)),
        db.query('SELECT 1'),
        db.transaction((tx) => tx.query('SELECT 2')),
      ]),
    );
    expect(names(spans)).toEqual(['SELECT', 'BEGIN', 'SELECT', 'COMMIT']);
    expect(spans[0]?.attributes).toHaveProperty(['pg_otel.client.queue_time']);
  });
});

describe('instrument()', () => {
  it('takes the module, the class and an instance, and patches once', async () => {
    const module = { PGlite };
    expect(instrument(module)).toBe(module);
    expect(instrument(PGlite)).toBe(PGlite);
    expect(instrument(db)).toBe(db);
    expect(await below(() => db.query('SELECT 1'))).toHaveLength(1);
  });
});

describe('an instance of a class derived from PGlite', () => {
  class Derived extends PGlite {
    override query<Row>(...args: Parameters<pglite.PGlite['query']>) {
      return super.query<Row>(...args);
    }
  }
  let whileStarting: RecordedSpan | undefined;
  let whenClosed: RecordedSpan | undefined;

  beforeAll(async () => {
    const derived = instrument(new Derived({ loadDataDir: await db.dumpDataDir('none') }));
    [whileStarting] = await below(() => derived.query('SELECT 1'));
    await derived.close();
    [whenClosed] = await below(() => derived.query('SELECT 1').catch(ignored));
  });

  it('is instrumented', () => {
    expect(whileStarting).toMatchObject({ name: 'SELECT', attributes: DATABASE });
  });

  it('queues queries until it has started', () => {
    expect(whileStarting?.attributes['pg_otel.client.queue_time']).toEqual(expect.any(Number));
  });

  it('rejects queries when it is closed', () => {
    expect(whenClosed).toMatchObject({
      name: 'SELECT',
      attributes: { ...DATABASE, 'error.type': 'client_closed' },
    });
  });
});
