import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedSpan } from '@pg-otel/testkit';
import { pollUntil } from '@pg-otel/testkit';
import { closeGate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';
import { below, endAll, loadPostgresJs, opener, queriesIn, type Sql } from './postgres-js';

let shop: Instrumented;
let open: ReturnType<typeof opener>;
let sql: Sql;

beforeAll(async () => {
  shop = await startInstrumented({ settings: { max_prepared_transactions: 5 } });
  const driver = loadPostgresJs();
  open = opener(driver, shop);
  sql = driver(shop.server.url, { onnotice: () => {} });
  await sql`CREATE TABLE customers (id int, name text)`;
});
beforeEach(async () => {
  // Several tests use pools of the same database at the same time.
  shop.configure({ poolNames: () => 'shop' });
  await sql`TRUNCATE customers`;
  await sql`INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 5) n`;
  shop.recorder.clear();
});
afterEach(async () => {
  await endAll();
  expect(shop.recorder.openSpans()).toEqual([]);
});
afterAll(async () => {
  await sql.end();
  await shop.stop();
});

const serverTime = (span: RecordedSpan | undefined) =>
  Number(span?.attributes['pg_otel.response.server_time']);

/** Text, rows and error of each query below a span. */
const seen = async (run: () => unknown) => queriesIn(await below(shop, run)).map(summary);
const summary = ({ attributes }: RecordedSpan) => {
  const {
    'db.query.text': text,
    'db.response.returned_rows': rows,
    'db.response.status_code': code,
    'error.type': error = code,
  } = attributes;
  return [text, ...(rows === undefined ? [] : [rows]), ...(error === undefined ? [] : [error])];
};

describe('a query', () => {
  it('has one span with the attributes of a query of pg', async () => {
    const [span] = queriesIn(await below(shop, () => sql`SELECT * FROM customers WHERE id = ${1}`));
    expect(span).toMatchObject({
      name: 'SELECT customers',
      kind: 'CLIENT',
      status: { code: 0 },
    });
    expect(span?.attributes).toEqual({
      ...shop.target,
      'db.query.summary': 'SELECT customers',
      'db.query.text': 'SELECT * FROM customers WHERE id = $1',
      'db.response.returned_rows': 1,
      'pg_otel.pool.wait_time': expect.any(Number),
    });
  });

  it.each<[string, (sql: Sql) => unknown, unknown[][]]>([
    [
      'without parameters',
      (sql) => sql`SELECT id FROM customers WHERE name = 'name 1'`,
      [['SELECT id FROM customers WHERE name = ?', 1]],
    ],
    [
      'of fragments and helpers',
      (sql) =>
        sql`SELECT ${sql('id')} FROM ${sql('customers')} WHERE ${sql`id > ${2}`} AND id IN ${sql([3, 4])}`,
      [['SELECT "id" FROM "customers" WHERE id > $1 AND id IN ($2,$3)', 2]],
    ],
    [
      'that inserts rows',
      (sql) => sql`INSERT INTO customers ${sql([{ id: 8 }, { id: 9 }])}`,
      [['INSERT INTO customers ("id")values($1),($2)']],
    ],
    [
      'with returned rows',
      (sql) => sql`UPDATE customers SET id = id RETURNING id`,
      [['UPDATE customers SET id = id RETURNING id', 5]],
    ],
    ['of unsafe text', (sql) => sql.unsafe('SELECT 1'), [['SELECT ?', 1]]],
    ['of unsafe text with values', (sql) => sql.unsafe('SELECT $1::int', [1]), [['SELECT $1::int', 1]]],
    [
      'of several statements',
      (sql) => sql.unsafe('SELECT 1; SELECT 2 UNION SELECT 3'),
      [['SELECT ?; SELECT ? UNION SELECT ?', 3]],
    ],
    ['by the simple protocol', (sql) => sql`SELECT 1; SELECT 2`.simple(), [['SELECT ?; SELECT ?', 2]]],
    [
      'that is only described',
      (sql) => sql`SELECT id FROM customers WHERE id = ${1}`.describe(),
      [['SELECT id FROM customers WHERE id = $1']],
    ],
    ['with raw rows', (sql) => sql`SELECT 1`.raw(), [['SELECT ?', 1]]],
    ['with values', (sql) => sql`SELECT 1`.values(), [['SELECT ?', 1]]],
    ['that is executed', (sql) => sql`SELECT 1`.execute(), [['SELECT ?', 1]]],
    [
      'with a function for each row',
      (sql) => sql`SELECT id FROM customers`.forEach(() => {}),
      [['SELECT id FROM customers', 5]],
    ],
    ['that returns no row', (sql) => sql`SELECT 1 WHERE false`, [['SELECT ? WHERE false', 0]]],
    ['that is empty', (sql) => sql``, [[undefined]]],
    ['with a notification', (sql) => sql.notify('news', 'hello'), [['select pg_notify($1, $2)', 1]]],
  ])('%s has one span', async (_, run, expected) => {
    expect(await seen(() => run(sql))).toEqual(expected);
  });

  it('from a file has one span', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pg-otel-'));
    const file = path.join(folder, 'query.sql');
    await writeFile(file, 'SELECT id FROM customers');
    expect(await seen(() => sql.file(file))).toEqual([['SELECT id FROM customers', 5]]);
    expect(await seen(() => sql.file(path.join(folder, 'missing')).catch(() => {}))).toEqual([
      [undefined, 'ENOENT'],
    ]);
    await rm(folder, { recursive: true });
  });

  it('with a function for each row runs it in the context of the caller', async () => {
    const one = open({ max: 1 });
    // Its connection, in whose context the driver runs the function, is opened here.
    await one`SELECT 1`;
    const inner: Promise<unknown>[] = [];
    const spans = await seen(async () => {
      await one`SELECT 1 AS row`.forEach(() => {
        inner.push(sql`SELECT 9::text`.execute());
      });
      await Promise.all(inner);
    });
    expect(spans).toContainEqual(['SELECT ?::text', 1]);
  });

  it('that is awaited several times has one span', async () => {
    const spans = await seen(async () => {
      const query = sql`SELECT 1`;
      await Promise.all([query, query.catch(() => {}), query.finally(() => {})]);
      await query;
    });
    expect(spans).toEqual([['SELECT ?', 1]]);
  });

  it('that is never awaited is not sent, and has no span', async () => {
    const spans = await seen(async () => {
      sql`SELECT 1`;
      await sql`SELECT 2::text`;
    });
    expect(spans).toEqual([['SELECT ?::text', 1]]);
  });

  it('belongs to the caller that awaits it', async () => {
    const query = sql`SELECT 1`;
    expect(await seen(() => query)).toEqual([['SELECT ?', 1]]);
  });

  it('is the parent of nothing, and a sibling of the next', async () => {
    const spans = await seen(async () => {
      await sql`SELECT 1`;
      await sql`SELECT 2::text`;
    });
    expect(spans).toEqual([
      ['SELECT ?', 1],
      ['SELECT ?::text', 1],
    ]);
  });

  it('has its SQLSTATE when it fails', async () => {
    const [span] = queriesIn(await below(shop, () => sql`SELECT * FROM missing`.catch(() => {})));
    expect(span).toMatchObject({
      status: { code: 2, message: '42P01 undefined_table' },
      attributes: { 'error.type': '42P01', 'db.response.status_code': '42P01' },
    });
  });

  it('that the driver cannot build has a span with the error', async () => {
    const spans = await seen(() => sql`SELECT ${undefined as unknown as number}`.catch(() => {}));
    expect(spans).toEqual([['SELECT $1', 'UNDEFINED_VALUE']]);
  });

  it('of an ended instance has a span with the error', async () => {
    const ended = open();
    await ended.end();
    expect(await seen(() => ended`SELECT 1`.catch(() => {}))).toEqual([['SELECT ?', 'CONNECTION_ENDED']]);
  });

  it('that is cancelled while it runs has the SQLSTATE', async () => {
    const spans = await seen(async () => {
      const query = sql`SELECT pg_sleep(300)`;
      const failed = query.catch(({ code }) => code);
      await pollUntil(async () => {
        const [row] =
          await sql`SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND state = 'active' AND pid <> pg_backend_pid()`;
        return row?.['count'] === 1;
      });
      query.cancel();
      expect(await failed).toBe('57014');
    });
    expect(spans).toContainEqual(['SELECT pg_sleep(?)', '57014']);
  });

  it('that is cancelled before it is awaited has no span', async () => {
    const query = sql`SELECT 1`;
    query.cancel();
    expect(await seen(() => Promise.race([query.catch(() => {}), null]))).toEqual([]);
  });

  it('that the driver repeats has one span', async () => {
    const one = open({ max: 1 });
    await one`SELECT * FROM customers WHERE id = ${1}`;
    await one`ALTER TABLE customers ADD COLUMN IF NOT EXISTS extra int`;
    expect(await seen(() => one`SELECT * FROM customers WHERE id = ${1}`)).toEqual([
      ['SELECT * FROM customers WHERE id = $1', 1],
    ]);
    await one`ALTER TABLE customers DROP COLUMN extra`;
  });
});

describe('a comment with the trace of the caller', () => {
  it('is added to the text of unsafe, and is not reported', async () => {
    shop.configure({ sqlComments: true });
    const got: string[] = [];
    const spans = await seen(async () => {
      for (const query of [
        sql.unsafe('SELECT current_query() AS text'),
        sql`SELECT current_query() AS text`,
        sql.unsafe('SELECT current_query() AS text, $1::int', [1], { prepare: true }),
      ]) {
        got.push((await query)[0]?.['text']);
      }
    });
    expect(got).toEqual([
      expect.stringMatching(/^SELECT current_query\(\) AS text \/\*traceparent='[\w-]+'\*\/$/),
      'SELECT current_query() AS text',
      'SELECT current_query() AS text, $1::int',
    ]);
    expect(spans).toEqual([
      ['SELECT current_query() AS text', 1],
      ['SELECT current_query() AS text', 1],
      ['SELECT current_query() AS text, $1::int', 1],
    ]);
  });
});

describe('a transaction', () => {
  it('has a span for each statement that is sent', async () => {
    const spans = await seen(() =>
      sql.begin(async (tx) => {
        await tx`SELECT 1`;
        await tx.savepoint(async (inner) => inner`SELECT 2::text`);
      }),
    );
    expect(spans.map(([text]) => text)).toEqual([
      'begin ',
      'SELECT ?',
      'savepoint "s0"',
      'SELECT ?::text',
      'commit',
    ]);
  });

  it('that fails has a span for its rollback', async () => {
    const spans = await seen(() => sql.begin((tx) => tx`SELECT * FROM missing`).catch(() => {}));
    expect(spans).toEqual([['begin '], ['SELECT * FROM missing', '42P01'], ['rollback']]);
  });

  it('can be prepared', async () => {
    const spans = await seen(() =>
      sql.begin(async (tx) => {
        await tx`SELECT 1`;
        await (tx as unknown as { prepare(name: string): Promise<void> }).prepare('one');
      }),
    );
    expect(spans.map(([text]) => text)).toEqual(['begin ', 'SELECT ?', 'prepare transaction ?']);
    await sql`ROLLBACK PREPARED 'one'`;
  });

  it('of a large object has a span for each statement', async () => {
    const spans = await seen(async () => {
      const object = await sql.largeObject();
      await object.write(Buffer.from('content'));
      await object.seek(0);
      await object.read(7);
      await object.close();
      await pollUntil(async () => shop.recorder.spans().some(({ name }) => name === 'commit'));
    });
    expect(spans.map(([text]) => text)).toContain('begin ');
    expect(spans.length).toBeGreaterThanOrEqual(5);
  });
});

describe('a cursor', () => {
  it('with a function has one span with all rows', async () => {
    const batches: number[] = [];
    const spans = await seen(() =>
      sql`SELECT id FROM customers`.cursor(2, async (batch) => {
        batches.push(batch.length);
      }),
    );
    expect(batches).toEqual([2, 2, 1]);
    expect(spans).toEqual([['SELECT id FROM customers', 5]]);
  });

  it('with an iterator has one span with all rows', async () => {
    const spans = await seen(async () => {
      let count = 0;
      for await (const batch of sql`SELECT id FROM customers`.cursor(2)) count += batch.length;
      expect(count).toBe(5);
    });
    expect(spans).toEqual([['SELECT id FROM customers', 5]]);
  });

  it('that is closed early ends its span', async () => {
    const spans = await seen(async () => {
      for await (const _ of sql`SELECT id FROM customers`.cursor(2)) break;
      await sql`SELECT id FROM customers`.cursor(2, () => sql.CLOSE);
    });
    expect(spans.map(([text]) => text)).toEqual(['SELECT id FROM customers', 'SELECT id FROM customers']);
  });

  it('whose function fails ends its span with the error', async () => {
    const spans = await seen(() =>
      sql`SELECT id FROM customers`.cursor(2, () => Promise.reject(new TypeError('mine'))).catch(() => {}),
    );
    expect(spans).toEqual([['SELECT id FROM customers', 2, 'TypeError']]);
  });

  it('counts only the time of the server', async () => {
    const recorded = async () => {
      const summary = { 'db.query.summary': 'SELECT customers' };
      const [durations] = await shop.points('db.client.operation.duration', summary);
      return durations?.value ?? 0;
    };
    await sql`SELECT id FROM customers`;
    const before = await recorded();
    const [span] = queriesIn(
      await below(shop, () =>
        sql`SELECT id FROM customers`.cursor(2, () => new Promise((resolve) => setTimeout(resolve, 150))),
      ),
    );
    expect(span?.seconds).toBeGreaterThan(0.2);
    const withoutConsumer = (span?.seconds ?? 0) - 0.2;
    expect(serverTime(span)).toBeLessThan(withoutConsumer);
    expect((await recorded()) - before).toBeLessThan(withoutConsumer);
  });

  it('runs its function in the context of the caller', async () => {
    const spans = await seen(() =>
      sql`SELECT id FROM customers`.cursor(5, async () => {
        await open({ max: 1 })`SELECT 9::text`;
      }),
    );
    expect(spans).toContainEqual(['SELECT ?::text', 1]);
  });
});

describe('COPY', () => {
  it('to the application has one span with its rows', async () => {
    const spans = await seen(async () => {
      const stream = await sql`COPY customers TO STDOUT`.readable();
      let bytes = 0;
      for await (const chunk of stream) bytes += (chunk as Buffer).length;
      expect(bytes).toBeGreaterThan(0);
      await sql`SELECT 1`;
    });
    expect(spans).toContainEqual(['COPY customers TO STDOUT', 5]);
  });

  it('from the application has one span', async () => {
    const spans = await seen(async () => {
      const stream = await sql`COPY customers (id) FROM STDIN`.writable();
      await pipeline([['7\n'], ['8\n']].flat(), stream);
      await sql`SELECT 1`;
    });
    expect(spans).toContainEqual(['COPY customers (id) FROM STDIN']);
    const [row] = await sql`SELECT count(*)::int FROM customers`;
    expect(row).toEqual({ count: 7 });
  });

  it('from a slow application counts only the time of the server', async () => {
    const spans = await below(shop, async () => {
      const stream = await sql`COPY customers (id) FROM STDIN`.writable();
      await sleep(300);
      await pipeline(['7\n'], stream);
      await sql`SELECT 1`;
    });
    const copy = queriesIn(spans).find(({ name }) => name.startsWith('COPY'));
    expect(serverTime(copy)).toBeLessThan((copy?.seconds ?? 0) - 0.2);
  });

  it('of bad data has its SQLSTATE', async () => {
    const one = open({ max: 1 });
    const spans = await seen(async () => {
      const query = one`COPY customers (id) FROM STDIN`;
      const stream = await query.writable();
      stream.on('error', () => {});
      stream.write('no number\n');
      stream.end();
      await one`SELECT 1`;
    });
    expect(spans).toContainEqual(['COPY customers (id) FROM STDIN', '22P02']);
  });
});

it('a notification runs its listener, and LISTEN and UNLISTEN have spans', async () => {
  const spans = await seen(async () => {
    let got = '';
    const { unlisten } = await sql.listen('news', (payload) => {
      got = payload;
    });
    await sql.notify('news', 'hello');
    await pollUntil(async () => got === 'hello');
    await unlisten();
  });
  expect(spans.map(([text]) => text)).toEqual([
    'listen "news"',
    'select pg_notify($1, $2)',
    'unlisten "news"',
  ]);
});

it('an instance that listens is ended without a failed query', async () => {
  const listening = open({ max: 1 });
  await listening.listen('news', () => {});
  shop.recorder.clear();
  await listening.end();
  // The driver listens again when the connection has closed, and rejects its own query.
  await listening`SELECT 1`.catch(() => {});
  expect(queriesIn(shop.recorder.spans()).map(({ name, status }) => [name, status.message])).toEqual([
    ['SELECT', 'CONNECTION_ENDED'],
  ]);
});

it('a reserved connection has spans for its statements', async () => {
  const spans = await seen(async () => {
    const reserved = await sql.reserve();
    await reserved`SELECT 1`;
    await reserved.unsafe('SELECT 2::text');
    reserved.release();
  });
  expect(spans).toEqual([
    ['SELECT ?', 1],
    ['SELECT ?::text', 1],
  ]);
});

describe('queries that are sent together', () => {
  it('show how long each was behind others on its connection', async () => {
    const one = open({ max: 1 });
    await one`SELECT 1`;
    shop.recorder.clear();
    await Promise.all([one`SELECT 1, pg_sleep(0.2)`, one`SELECT 2::text`, one`SELECT 3::int8`]);
    const times = queriesIn(shop.recorder.spans()).map(
      ({ attributes }) => attributes['pg_otel.client.queue_time'],
    );
    expect(times[0]).toBeUndefined();
    expect(
      queriesIn(shop.recorder.spans()).map(({ attributes }) => attributes['pg_otel.client.pipelined']),
    ).toEqual([undefined, true, true]);
    expect(Number(times[1])).toBeGreaterThanOrEqual(0.19);
    expect(Number(times[2])).toBeGreaterThanOrEqual(0.19);
  });

  it('of a transaction show how long each waited for its turn', async () => {
    const spans = await below(shop, () =>
      sql.begin((tx) => [tx`SELECT 1, pg_sleep(${0.2})`, tx`SELECT 2::text`]),
    );
    const second = spans.find(({ attributes }) => attributes['db.query.text'] === 'SELECT ?::text');
    expect(Number(second?.attributes['pg_otel.client.queue_time'])).toBeGreaterThanOrEqual(0.19);
    expect(second?.attributes['pg_otel.pool.wait_time']).toBeUndefined();
  });
});

describe('log events', () => {
  const event = (name: string) =>
    pollUntil(async () => shop.recorder.events().find((one) => one.name === name));

  it('are emitted while a slow query runs, and at its end', async () => {
    shop.configure({ poolNames: () => 'shop', slowAfter: [0.1], diagnose: false });
    const gate = await closeGate(shop.server);
    const query = sql.unsafe(gate.statement).execute();
    const slow = await event('pg_otel.operation.slow');
    expect(slow.attributes).toMatchObject({
      ...shop.target,
      'db.client.connection.pool.name': 'shop',
      'db.query.summary': 'SELECT gate',
      'pg_otel.operation.kind': 'query',
      'pg_otel.operation.limit': 0.1,
    });
    expect(queriesIn(shop.recorder.spans()).filter(({ name }) => name === 'SELECT gate')).toEqual([]);
    await gate.open();
    await query;
    expect((await event('pg_otel.operation.ended')).traceId).toBe(slow.traceId);
  });

  it('are emitted for a query that fails', async () => {
    const [span] = queriesIn(await below(shop, () => sql`SELECT * FROM missing`.catch(() => {})));
    const failed = await event('db.client.operation.exception');
    expect(failed).toMatchObject({ traceId: span?.traceId, spanId: span?.spanId });
    expect(failed.attributes).toMatchObject({
      ...shop.target,
      'db.response.status_code': '42P01',
      'exception.type': 'PostgresError',
    });
  });
});

it('no telemetry contains values, literals, notifications, passwords or the key that cancels a query', async () => {
  const ignored = () => {};
  await sql`INSERT INTO customers ${sql({ id: 1, name: 'SECRET' })}`;
  await sql`SELECT ${'SECRET'}::int`.catch(ignored);
  await sql`SELECT 'SECRET'::int`.simple().catch(ignored);
  await sql.unsafe('SELECT $1::text', ['SECRET']);
  await sql.notify('news', 'SECRET');
  await sql`COPY (SELECT 'SECRET') TO STDOUT`.readable().then((stream) => stream.resume());
  await open({ user: 'nobody', pass: 'SECRET' })`SELECT 1`.catch(ignored);
  const { state } = (await sql`SELECT 1`) as unknown as { state: { secret: number } };
  const telemetry = JSON.stringify([
    shop.recorder.spans(),
    shop.recorder.events(),
    await shop.recorder.points(),
  ]);
  expect(telemetry).toContain('INSERT customers');
  expect(telemetry).not.toContain('SECRET');
  expect(telemetry).not.toContain(String(state.secret));
});
