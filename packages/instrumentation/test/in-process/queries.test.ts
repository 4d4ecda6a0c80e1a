import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import pg from 'pg';
import { closeGate } from './gate';
import { type Instrumented, serverMessage, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(async () => {
  shop.configure();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  shop.recorder.clear();
});

afterEach(async () => {
  await client.end().catch(() => {});
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const only = () => {
  const queries = shop.queries();
  expect(queries).toHaveLength(1);
  return queries[0] as (typeof queries)[number];
};

describe('a query', () => {
  it('is one CLIENT span with the statement, its target and the number of rows', async () => {
    const result = await client.query('SELECT n FROM generate_series(1, 3) n WHERE n > $1', [1]);

    expect(result.rowCount).toBe(2);
    const span = only();
    expect(span).toMatchObject({ name: 'SELECT', kind: 'CLIENT', status: { code: 0 }, events: [] });
    // There when this process was busy for a millisecond in between.
    const { 'pg_otel.response.first_row_time': _, ...attributes } = span.attributes;
    expect(attributes).toEqual({
      ...shop.target,
      'db.query.summary': 'SELECT',
      'db.query.text': 'SELECT n FROM generate_series(1, 3) n WHERE n > $1',
      'db.response.returned_rows': 2,
    });
  });

  it('is one value of the duration histogram, equal to the span', async () => {
    await client.query('SELECT 1 AS once_only');
    const [point] = await shop.points('db.client.operation.duration', { 'db.query.summary': 'SELECT' });
    expect(point).toMatchObject({ unit: 's', bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] });

    await client.query('CREATE TEMPORARY TABLE measured (n int)');
    const [created] = await shop.points('db.client.operation.duration', {
      'db.query.summary': 'CREATE TABLE measured',
    });
    const span = shop.queries().at(-1);
    expect(created?.attributes).toEqual({
      ...shop.target,
      'db.query.summary': 'CREATE TABLE measured',
    });
    expect(created?.count).toBe(1);
    expect(created?.value).toBeCloseTo(span?.seconds ?? Number.NaN, 6);
  });

  it('counts returned rows, only for statements that return rows', async () => {
    shop.configure({ returnedRowsMetric: 'always' });
    await client.query('CREATE TEMPORARY TABLE rows_of (n int)');
    await client.query('INSERT INTO rows_of SELECT generate_series(1, 5)');
    await client.query('INSERT INTO rows_of VALUES ($1) RETURNING n', [6]);
    await client.query('SELECT n FROM rows_of');
    const rows = shop
      .queries()
      .map(({ name, attributes }) => [name, attributes['db.response.returned_rows']]);
    expect(rows).toEqual([
      ['CREATE TABLE rows_of', undefined],
      ['INSERT rows_of SELECT', undefined],
      ['INSERT rows_of', 1],
      ['SELECT rows_of', 6],
    ]);
    const [point] = await shop.points('db.client.response.returned_rows', {
      'db.query.summary': 'SELECT rows_of',
    });
    expect(point).toMatchObject({ unit: '{row}', count: 1, value: 6 });
  });

  it('reports a text without bound values sanitised, from the first execution on', async () => {
    await client.query("SELECT 'secret', 42");
    await client.query("SELECT 'secret', 42");
    await client.query("SELECT 'secret', 42", []);
    for (const { attributes } of shop.queries()) expect(attributes['db.query.text']).toBe('SELECT ?, ?');
    expect(shop.queries()).toHaveLength(3);
  });
});

describe('every way to call client.query', () => {
  const text = 'SELECT $1::text AS v';
  const values = ['a'];
  const viaCallback = (call: (done: (error: Error | null, result: pg.QueryResult) => void) => void) =>
    new Promise<pg.QueryResult>((resolve, reject) => {
      call((error, result) => (error ? reject(error) : resolve(result)));
    });

  const ways: Record<string, () => Promise<pg.QueryResult>> = {
    'text, values': () => client.query(text, values),
    'text, values, callback': () => viaCallback((done) => client.query(text, values, done)),
    'text, callback': () => viaCallback((done) => client.query("SELECT 'a' AS v", done)),
    config: () => client.query({ text, values }),
    'config, values': () => client.query({ text }, values),
    'config, callback': () => viaCallback((done) => client.query({ text, values }, done)),
    'config, values, callback': () =>
      viaCallback((done) => client.query({ text } as unknown as string, values, done)),
    'config with a callback': () =>
      viaCallback((callback) => client.query({ text, values, callback } as pg.QueryConfig)),
    'named statement': () => client.query({ name: 'named', text, values }),
    'extended protocol without values': () =>
      client.query({ text: "SELECT 'a' AS v", queryMode: 'extended' } as pg.QueryConfig),
  };

  for (const [name, call] of Object.entries(ways)) {
    it(`${name}: one span, one result`, async () => {
      const result = await call();
      expect(result.rows).toEqual([{ v: 'a' }]);
      expect(only()).toMatchObject({ name: 'SELECT', attributes: { 'db.response.returned_rows': 1 } });
    });
  }

  it('rowMode array', async () => {
    const result = await client.query({ text, values, rowMode: 'array' });
    expect(result.rows).toEqual([['a']]);
    expect(only().attributes['db.response.returned_rows']).toBe(1);
  });

  it('several statements in one text: one span, the rows of all', async () => {
    const results = (await client.query('SELECT 1; SELECT 2 UNION SELECT 3')) as unknown as pg.QueryResult[];
    expect(results.map(({ rowCount }) => rowCount)).toEqual([1, 2]);
    const span = only();
    expect(span.name).toBe('SELECT SELECT SELECT');
    expect(span.attributes['db.response.returned_rows']).toBe(3);
  });

  it('a named statement executed again by its name has its text', async () => {
    await client.query({ name: 'again', text, values });
    shop.recorder.clear();
    await client.query({ name: 'again', values } as unknown as pg.QueryConfig);
    expect(only().attributes['db.query.text']).toBe(text);
  });

  it('an empty text', async () => {
    await client.query('');
    const span = only();
    expect(span.name).toBe('shop');
    expect(span.attributes).toEqual(shop.target);
  });

  it('pipeline: true, whose durations overlap, is marked', async () => {
    const piped = new pg.Client({ connectionString: shop.server.url, pipeline: true } as pg.ClientConfig);
    await piped.connect();
    shop.recorder.clear();
    await Promise.all([1, 2, 3].map((n) => piped.query('SELECT $1::int', [n])));
    await piped.end();
    expect(shop.queries().map(({ attributes }) => attributes['pg_otel.client.pipelined'])).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('a custom Promise is returned, and the span ends', async () => {
    class Own<T> extends Promise<T> {}
    const custom = new pg.Client({ connectionString: shop.server.url, Promise: Own } as pg.ClientConfig);
    await custom.connect();
    shop.recorder.clear();
    const promise = custom.query('SELECT 1');
    expect(promise).toBeInstanceOf(Own);
    await promise;
    await custom.end();
    expect(shop.queries()).toHaveLength(1);
  });
});

describe('texts that are hard', () => {
  it('50 MB: cut before it costs, and the span holds no more than the limit', async () => {
    const { rows } = await client.query(`SELECT length('${'x'.repeat(50_000_000)}') AS n`);
    expect(rows).toEqual([{ n: 50_000_000 }]);
    expect(only()).toMatchObject({ name: 'SELECT', attributes: { 'db.query.text': 'SELECT length(?' } });
  });

  it('lone surrogates and binary', async () => {
    await expect(client.query("SELECT '\ud800' || 'a\u0000b'")).rejects.toThrow();
    // The server reads the text up to the NUL: it is not known whether the rest was parsed.
    expect(only().attributes['db.query.text']).toBe('SELECT');
  });
});

describe('where the time went', () => {
  it('has the time in the queue of a busy client as an attribute', async () => {
    const gate = await closeGate(shop.server);
    const answered = Promise.all([client.query(gate.statement), client.query('SELECT 42')]);
    await gate.waiting();
    await sleep(200);
    await gate.open();
    await answered;
    const [first, queued] = shop.queries();
    expect(first?.attributes).not.toHaveProperty(['pg_otel.client.queue_time']);
    const queueTime = queued?.attributes['pg_otel.client.queue_time'] as number;
    expect(queueTime).toBeGreaterThan(0.19);
    expect(queueTime).toBeLessThan(queued?.seconds as number);
  });

  it('has the time of the first row, when the others arrived later', async () => {
    // The server sends when 8 kB have come together.
    const gate = await closeGate(shop.server);
    const answered = client.query(gate.statementOfTwoRows);
    await serverMessage(client, 'rowDescription');
    await sleep(100);
    await gate.open();
    await answered;
    const { attributes, seconds } = only();
    expect(attributes['pg_otel.response.first_row_time']).toBeGreaterThan(0);
    expect(attributes['pg_otel.response.first_row_time']).toBeLessThan(seconds - 0.09);
  });
});

describe('a failing query', () => {
  const fails: Record<string, () => Promise<unknown>> = {
    'by promise': () => client.query('SELECT * FROM missing'),
    'by callback': () =>
      new Promise((_, reject) => {
        client.query('SELECT * FROM missing', (error: Error) => reject(error));
      }),
    'as a pg.Query': () =>
      new Promise((_, reject) => {
        client.query(new pg.Query('SELECT * FROM missing')).on('error', reject);
      }),
  };

  for (const [name, call] of Object.entries(fails)) {
    it(`${name}: SQLSTATE on span, metric and event, and no user data`, async () => {
      await expect(call()).rejects.toMatchObject({ code: '42P01' });
      const span = only();
      expect(span.status).toEqual({ code: 2, message: '42P01 undefined_table' });
      expect(span.attributes).toEqual({
        ...shop.target,
        'db.query.summary': 'SELECT missing',
        'db.query.text': 'SELECT * FROM missing',
        'error.type': '42P01',
        'db.response.status_code': '42P01',
      });
      const [point] = await shop.points('db.client.operation.duration', {
        'db.query.summary': 'SELECT missing',
      });
      expect(point?.attributes).toEqual({
        ...shop.target,
        'db.query.summary': 'SELECT missing',
        'error.type': '42P01',
        'db.response.status_code': '42P01',
      });
      expect(shop.recorder.events()).toEqual([
        {
          name: 'db.client.operation.exception',
          severity: 13,
          body: 'SELECT missing failed with 42P01',
          traceId: span.traceId,
          spanId: span.spanId,
          attributes: {
            ...shop.target,
            'pg_otel.operation.kind': 'query',
            'db.query.summary': 'SELECT missing',
            'exception.type': 'DatabaseError',
            'error.type': '42P01',
            'db.response.status_code': '42P01',
          },
        },
      ]);
    });
  }

  it('has a type when it timed out, and ends once although the server answers later', async () => {
    const impatient = new pg.Client({ connectionString: shop.server.url, query_timeout: 50 });
    await impatient.connect();
    shop.recorder.clear();
    await expect(impatient.query('SELECT pg_sleep(0.3)')).rejects.toThrow('Query read timeout');
    await new Promise((resolve) => setTimeout(resolve, 400));
    await impatient.end();
    expect(only()).toMatchObject({
      attributes: { 'error.type': 'timeout' },
      status: { code: 2, message: 'timeout' },
    });
  });

  it('has a type when the client is closed already', async () => {
    await client.end();
    await expect(client.query('SELECT 1')).rejects.toThrow('Client was closed and is not queryable');
    expect(only().attributes).toMatchObject({ 'error.type': 'client_closed', 'db.query.text': 'SELECT ?' });
  });

  it('has failed when pg cannot send a value', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    await expect(client.query('SELECT $1::json', [circular])).rejects.toThrow('circular');
    expect(only()).toMatchObject({ attributes: { 'error.type': 'TypeError' }, status: { code: 2 } });
    await client.end().catch(() => {});
  });

  it('may be handled by a method of Query that is called on any object', () => {
    const handleError = (pg.Query.prototype as unknown as { handleError(error: Error): void }).handleError;
    const unpatched = 'Cannot read properties of undefined';
    expect(() => handleError.call(undefined, new Error('foreign'))).toThrow(unpatched);
  });

  it('has failed when pg refuses it in pipeline mode', async () => {
    const piped = new pg.Client({ connectionString: shop.server.url, pipeline: true } as pg.ClientConfig);
    await piped.connect();
    shop.recorder.clear();
    await expect(piped.query({ text: 'SELECT 1', rows: 5 } as pg.QueryConfig)).rejects.toThrow('rows');
    expect(only()).toMatchObject({ attributes: { 'error.type': 'Error' }, status: { code: 2 } });
    await piped.end();
  });

  it('has a type when its values are no array', async () => {
    await expect(client.query({ text: 'SELECT 1', values: 'x' as unknown as [] })).rejects.toThrow(
      'must be an array',
    );
    expect(only().attributes['error.type']).toBe('Error');
  });

  it('ends when the backend is killed under it, and so do those queued behind', async () => {
    client.on('error', () => {});
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    shop.recorder.clear();
    const outcomes = Promise.allSettled([client.query('SELECT pg_sleep(10)'), client.query('SELECT 1')]);
    const killer = new pg.Client({ connectionString: shop.server.url });
    await killer.connect();
    await killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await killer.end();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const types = shop.queries().map(({ attributes }) => attributes['error.type']);
    expect(types.sort()).toEqual(['57P01', 'connection_terminated', undefined]); // undefined: the killing query
  });

  it('reports a row that cannot be parsed as a failure', async () => {
    const types = {
      getTypeParser: () => () => {
        throw new RangeError('unreadable');
      },
    };
    await expect(client.query({ text: 'SELECT 1', types } as unknown as pg.QueryConfig)).rejects.toThrow(
      'unreadable',
    );
    expect(only().attributes['error.type']).toBe('RangeError');
  });

  it('throws what pg throws for no query at all, and makes no span', () => {
    expect(() => client.query(null as unknown as string)).toThrow(
      'Client was passed a null or undefined query',
    );
    expect(shop.queries()).toEqual([]);
  });
});

describe('the parent of a span', () => {
  const tracer = trace.getTracer('test');
  const within = <T>(run: () => T): [string, T] => {
    const span = tracer.startSpan('request');
    const result = context.with(trace.setSpan(context.active(), span), run);
    span.end();
    return [span.spanContext().spanId, result];
  };

  it('is the caller, for a promise', async () => {
    const [id, promise] = within(() => client.query('SELECT 1'));
    await promise;
    expect(only().parentSpanId).toBe(id);
  });

  it("is the caller, for a query made in another query's callback", async () => {
    // The socket was opened outside of any request, and its events run there.
    const [id, promise] = within(
      () =>
        new Promise<void>((resolve, reject) => {
          client.query('SELECT 1', () => {
            client.query('SELECT 2').then(() => resolve(), reject);
          });
        }),
    );
    await promise;
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([id, id]);
  });

  it("is the caller, for a query made in another query's callback while more are queued", async () => {
    const requests = Array.from({ length: 3 }, () =>
      within(
        () =>
          new Promise<void>((resolve, reject) => {
            client.query('SELECT 1', () => {
              client.query('SELECT 2').then(() => resolve(), reject);
            });
          }),
      ),
    );
    await Promise.all(requests.map(([, promise]) => promise));
    const ids = requests.map(([id]) => id);
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([...ids, ...ids]);
  });

  it('is the caller, for a query made in a row listener', async () => {
    const [id, promise] = within(
      () =>
        new Promise<void>((resolve, reject) => {
          const query = new pg.Query('SELECT 1');
          query.on('row', () => client.query('SELECT 2').then(() => resolve(), reject));
          client.query(query);
        }),
    );
    await promise;
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([id, id]);
  });
});

describe('disabled', () => {
  it('runs uninstrumented, and is instrumented again when enabled', async () => {
    shop.instrumentation.disable();
    await client.query('SELECT 1');
    expect(shop.recorder.spans()).toEqual([]);
    shop.instrumentation.enable();
    await client.query('SELECT 1');
    expect(shop.queries()).toHaveLength(1);
  });
});
