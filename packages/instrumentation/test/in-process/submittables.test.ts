import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedSpan } from '@pg-otel/testkit';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { type Instrumented, serverMessage, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;

const SERVER_TIME = 'pg_otel.response.server_time';
/** Seconds a consumer takes below; far more than the local server does. */
const SLOW = 0.3;
/** Node's timers fire up to a millisecond early. */
const TIMER = 0.002;

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(async () => {
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  await client.query(
    'CREATE TEMPORARY TABLE items AS SELECT n, repeat($1, 1000) AS text FROM generate_series(1, 250) n',
    ['x'],
  );
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

/** The duration of a span without the time in which the server was busy. */
const consumerSeconds = ({ seconds, attributes }: RecordedSpan) =>
  seconds - (attributes[SERVER_TIME] as number);

/** Everything about an object that code outside could see. */
const looks = (object: object) => ({
  keys: Object.keys(object),
  enumerated: (() => {
    const names: string[] = [];
    for (const name in object) names.push(name);
    return names;
  })(),
  symbols: Object.getOwnPropertySymbols(object),
});

describe('a cursor', () => {
  it('is one span from submit to close, with all its rows', async () => {
    const cursor = new Cursor('SELECT n FROM items');
    const before = looks(cursor);
    expect(client.query(cursor)).toBe(cursor);
    expect(looks(cursor)).toEqual(before);

    expect(await cursor.read(100)).toHaveLength(100);
    await sleep(SLOW * 1000);
    expect(await cursor.read(100)).toHaveLength(100);
    expect(shop.queries()).toEqual([]);
    expect(await cursor.read(100)).toHaveLength(50);
    await cursor.close();

    const span = only();
    expect(span.attributes).toEqual({
      ...shop.target,
      'db.query.summary': 'SELECT items',
      'db.query.text': 'SELECT n FROM items',
      'db.response.returned_rows': 250,
      'pg_otel.response.first_row_time': expect.any(Number),
      [SERVER_TIME]: expect.any(Number),
    });
    expect(span.seconds).toBeGreaterThan(SLOW - TIMER);
  });

  it('is no slow query because its consumer is slow', async () => {
    const cursor = client.query(new Cursor('SELECT n FROM items WHERE n > $1', [0]));
    await cursor.read(1);
    await sleep(SLOW * 1000);
    await cursor.read(1);
    await sleep(SLOW * 1000);
    await cursor.close();
    const span = only();
    expect(consumerSeconds(span)).toBeGreaterThan(2 * SLOW - TIMER);
    expect(span.attributes['db.query.text']).toBe('SELECT n FROM items WHERE n > $1');
  });

  it('counts the time the server takes between reads', async () => {
    const cursor = client.query(new Cursor('SELECT pg_sleep(0.1) FROM generate_series(1, 3)'));
    for (let read = 0; read < 3; read += 1) await cursor.read(1);
    await cursor.close();
    expect(only().attributes[SERVER_TIME]).toBeGreaterThan(0.28);
  });

  it('records the time of the server in the histogram, not that of the consumer', async () => {
    await client.query('CREATE TEMPORARY TABLE alone AS SELECT 1 AS n');
    shop.recorder.clear();
    const cursor = client.query(new Cursor('SELECT n FROM alone'));
    await cursor.read(1);
    await sleep(SLOW * 1000);
    await cursor.close();
    const [point] = await shop.points('db.client.operation.duration', { 'db.query.summary': 'SELECT alone' });
    expect(point?.count).toBe(1);
    expect(point?.value).toBeCloseTo(only().attributes[SERVER_TIME] as number, 9);
  });

  it('that fails ends with its SQLSTATE', async () => {
    const cursor = client.query(new Cursor('SELECT * FROM missing'));
    await expect(cursor.read(1)).rejects.toMatchObject({ code: '42P01' });
    await cursor.close().catch(() => {});
    expect(only()).toMatchObject({ attributes: { 'error.type': '42P01' }, status: { code: 2 } });
  });

  it('that is never read ends when it is closed', async () => {
    const cursor = client.query(new Cursor('SELECT n FROM items'));
    await cursor.close();
    expect(only()).toMatchObject({ name: 'SELECT items', status: { code: 0 } });
  });

  it('left open when its client is ended, ends with it', async () => {
    const cursor = client.query(new Cursor('SELECT n FROM items'));
    await cursor.read(1);
    await client.end();
    while (shop.queries().length === 0) await sleep(10);
    expect(only().attributes['error.type']).toBe('connection_terminated');
  });

  it('leaves nothing on itself', async () => {
    const cursor = new Cursor('SELECT n FROM items');
    const bare = Object.getOwnPropertyNames(new Cursor('')).sort();
    client.query(cursor);
    await cursor.read(1000);
    await cursor.close();
    expect(Object.getOwnPropertyNames(cursor).sort()).toEqual(bare);
  });

  it('a pg.Query that runs a second time is a second span', async () => {
    const query = new pg.Query('SELECT n FROM items');
    for (let run = 0; run < 2; run += 1) {
      await new Promise((resolve) => {
        client.query(query);
        query.once('end', resolve);
      });
    }
    expect(shop.queries()).toHaveLength(2);
  });
});

describe('a query stream', () => {
  it('has its text and all its rows', async () => {
    const stream = new QueryStream('SELECT n FROM items WHERE n <= $1', [120], { batchSize: 50 });
    const before = looks(stream);
    expect(client.query(stream)).toBe(stream);
    expect(looks(stream)).toEqual(before);
    let rows = 0;
    for await (const _ of stream) rows += 1;
    expect(rows).toBe(120);
    expect(only()).toMatchObject({
      name: 'SELECT items',
      status: { code: 0 },
      attributes: { 'db.query.text': 'SELECT n FROM items WHERE n <= $1', 'db.response.returned_rows': 120 },
    });
  });

  it('that is left early by break has not failed', async () => {
    for await (const _ of client.query(new QueryStream('SELECT n FROM items'))) break;
    await client.query('SELECT 1');
    const [stream] = shop.queries();
    expect(stream).toMatchObject({ name: 'SELECT items', status: { code: 0 } });
    expect(stream?.attributes).not.toHaveProperty(['error.type']);
  });

  it('is no slow query because its consumer is slow', async () => {
    const stream = client.query(new QueryStream('SELECT n FROM items', [], { batchSize: 100 }));
    let rows = 0;
    for await (const _ of stream) {
      rows += 1;
      if (rows % 100 === 0) await sleep(SLOW * 1000);
    }
    // The batch after the one that is read is fetched meanwhile, so some of the consumer's time is the server's too.
    const span = only();
    expect(span.seconds).toBeGreaterThan(SLOW - TIMER);
    expect(consumerSeconds(span)).toBeGreaterThan(0);
  });

  it('that fails ends with its SQLSTATE', async () => {
    const stream = client.query(new QueryStream('SELECT 1 / (n - 3) FROM items'));
    await expect(stream.toArray()).rejects.toMatchObject({ code: '22012' });
    expect(only().attributes['error.type']).toBe('22012');
  });
});

describe('COPY', () => {
  it('TO is one span with the rows of its tag, regardless of the pace of its consumer', async () => {
    const stream = copyTo('COPY (SELECT n, text FROM items) TO STDOUT');
    const before = Object.keys(stream);
    expect(client.query(stream)).toBe(stream);
    expect(Object.keys(stream)).toEqual([...before, 'connection']); // which COPY sets itself
    await pipeline(
      stream,
      new Writable({
        highWaterMark: 1,
        write: (_chunk, _encoding, done) => void setTimeout(done, 50),
      }),
    );
    await client.query('SELECT 1');
    const [copy] = shop.queries();
    expect(copy?.attributes).toMatchObject({
      'db.response.returned_rows': 250,
      'db.query.summary': 'COPY SELECT items',
    });
    expect(consumerSeconds(copy as RecordedSpan)).toBeGreaterThan(0);
  });

  it('FROM is one span; a slow producer is no slow query', async () => {
    const stream = client.query(copyFrom('COPY items (n) FROM STDIN'));
    await serverMessage(client, 'copyInResponse');
    async function* lines() {
      yield '1000\n';
      await sleep(SLOW * 1000);
      yield '1001\n';
    }
    await pipeline(Readable.from(lines()), stream);
    const span = only();
    expect(span).toMatchObject({ name: 'COPY items', status: { code: 0 } });
    expect(span.attributes).not.toHaveProperty(['db.response.returned_rows']);
    expect(consumerSeconds(span)).toBeGreaterThan(SLOW - TIMER);
    const { rows } = await client.query('SELECT count(*)::int AS count FROM items WHERE n >= 1000');
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('that the server refuses ends with its SQLSTATE', async () => {
    await expect(
      pipeline(Readable.from(['no number\n']), client.query(copyFrom('COPY items (n) FROM STDIN'))),
    ).rejects.toMatchObject({ code: '22P02' });
    expect(only()).toMatchObject({ attributes: { 'error.type': '22P02' } });
  });

  it('FROM that is destroyed ends as the failure the server makes of it', async () => {
    const stream = client.query(copyFrom('COPY items (n) FROM STDIN'));
    stream.on('error', () => {});
    stream.write('1\n');
    await serverMessage(client, 'copyInResponse');
    stream.destroy(new Error('user data'));
    await client.query('SELECT 1').catch(() => {});
    const copy = shop.queries().find(({ name }) => name === 'COPY items');
    expect(copy).toMatchObject({
      attributes: { 'error.type': '57014' },
      status: { message: '57014 query_canceled' },
    });
  });
});

describe('a pg.Query', () => {
  it('is returned unchanged, has its rows, and calls back', async () => {
    const query = new pg.Query('SELECT n FROM items');
    const before = looks(query);
    const result = client.query(query);
    expect(result).toBe(query);
    expect(looks(query)).toEqual(before);
    const rows: unknown[] = [];
    query.on('row', (row) => rows.push(row));
    await new Promise((resolve) => query.on('end', resolve));
    expect(rows).toHaveLength(250);
    expect(only().attributes).toMatchObject({
      'db.response.returned_rows': 250,
      'db.query.text': 'SELECT n FROM items',
    });
    expect(only().attributes).not.toHaveProperty([SERVER_TIME]);
  });
});

describe('objects with a submit method without a visible end', () => {
  it('run uninstrumented, without a span that never ends', async () => {
    let submitted = false;
    client.query({
      submit: () => {
        submitted = true;
      },
      handleError: () => {},
    } as unknown as pg.Submittable);
    expect(submitted).toBe(true);
    expect(shop.recorder.openSpans()).toEqual([]);
  });
});
