import { pollUntil } from '@pg-otel/testkit';
import type postgres from 'postgres';
import { instrument } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';
import { below, endAll, loadPostgresJs, opener, queriesIn, type Sql } from './postgres-js';

let shop: Instrumented;
let driver: typeof postgres;
let original: typeof postgres;
let open: ReturnType<typeof opener>;
let sql: Sql;

beforeAll(async () => {
  shop = await startInstrumented({ settings: { wal_level: 'logical' } });
  driver = loadPostgresJs();
  original = require('postgres') as typeof postgres;
  open = opener(driver, shop);
});
beforeEach(() => {
  shop.configure({ poolNames: () => 'shop' });
  sql = open({ max: 1 });
  shop.recorder.clear();
});
afterEach(async () => {
  await endAll();
  expect(shop.recorder.openSpans()).toEqual([]);
});
afterAll(() => shop.stop());

const texts = async (run: () => unknown) =>
  queriesIn(await below(shop, run)).map(({ attributes }) => attributes['db.query.text']);

describe('the instrumented module', () => {
  it('has the properties of the driver’s function', () => {
    const { prototype: _, ...expected } = Object.getOwnPropertyDescriptors(original);
    const { prototype, ...found } = Object.getOwnPropertyDescriptors(driver);
    expect(found).toEqual(expected);
    expect(Object.keys(driver)).toEqual(Object.keys(original));
    expect(prototype).toBeDefined();
    expect(instrument(driver)).toBe(driver);
  });

  it('returns instances of the driver, which instrument returns too', async () => {
    expect(instrument(sql)).toBe(sql);
    expect(await texts(() => sql`SELECT 1`)).toEqual(['SELECT ?']);
  });

  it('can be called with new', () => {
    const instance = new (driver as unknown as new () => Sql)();
    expect(typeof instance.unsafe).toBe('function');
  });

  it('passes the error of the driver on', () => {
    expect(() => driver('postgres://app:secret@host:port/db')).toThrow('Invalid URL');
  });

  it('keeps names and lengths of the functions of an instance', () => {
    for (const [name, length] of [
      ['reserve', 0],
      ['end', 0],
      ['begin', 2],
    ] as const) {
      expect([sql[name]?.name, sql[name]?.length]).toEqual([name, length]);
    }
  });
});

describe('a query object', () => {
  it('has the keys of the driver’s', async () => {
    const query = sql`SELECT 1`;
    const before = Object.keys(query);
    const running = query.execute();
    expect(Object.keys(query)).toEqual(before);
    await running;
    expect(Object.keys(query).slice(0, before.length)).toEqual(before);
    expect(Object.getOwnPropertyDescriptor(query, 'statement')).toMatchObject({
      writable: true,
      enumerable: true,
    });
  });

  it('has its own functions when the driver has called its handler', async () => {
    const query = sql`SELECT 1` as unknown as { execute(): Promise<unknown>; handler: unknown };
    const { handler } = query;
    const running = query.execute();
    await null;
    expect(query.handler).toBe(handler);
    await running;
    expect(query.handler).toBe(handler);
  });

  it('is sent by a handler that the application has put in place of the driver’s', async () => {
    const query = sql`SELECT 1` as unknown as PromiseLike<unknown> & { handler(query: unknown): unknown };
    const { handler } = query;
    const calls: unknown[] = [];
    query.handler = function (this: unknown, ...args) {
      calls.push(this === query, args.length, args[0] === query);
      return handler(...args);
    };
    expect(await texts(() => query)).toEqual(['SELECT ?']);
    expect(calls).toEqual([true, 1, true]);
  });

  it('returns promises of the species, and itself from its methods', async () => {
    const query = sql`SELECT 1`;
    expect(query.then().constructor).toBe(Promise);
    expect(query.execute()).toBe(query);
    const result = await query;
    expect(await query).toBe(result);
  });
});

describe('values of the application', () => {
  const throwing = {
    toString() {
      throw new Error('mine');
    },
  };

  it('whose toString throws reach the driver', async () => {
    await expect(sql.unsafe(throwing as unknown as string)).rejects.toThrow('mine');
    await expect(sql`SELECT ${throwing as unknown as string}::text`).rejects.toThrow('mine');
    expect(await texts(() => sql`SELECT 1`)).toEqual(['SELECT ?']);
  });

  it('are not changed by the driver’s options: parsers that are set later apply', async () => {
    const { parsers } = sql.options as unknown as { parsers: Record<number, (text: string) => unknown> };
    await sql`SELECT 1`;
    parsers[23] = (text) => `int ${text}`;
    expect(await sql`SELECT 1::int AS n`).toMatchObject([{ n: 'int 1' }]);
  });

  it('may be frozen options', async () => {
    const frozen = open(Object.freeze({ max: 1, transform: Object.freeze({}) }) as never);
    expect(await texts(() => frozen`SELECT 1`)).toEqual(['SELECT ?']);
  });

  it('reach the driver’s function for sockets as the options of the instance', async () => {
    const got: unknown[] = [];
    const failing = open({
      max: 1,
      socket: ((options: unknown) => {
        got.push(options);
        throw new Error('no socket');
      }) as never,
    } as never);
    await expect(failing`SELECT 1`).rejects.toThrow('no socket');
    expect(got).toEqual([failing.options]);
    expect(got[0]).toBe(failing.options);
  });

  it.each([
    ['text', '/tmp/.s.PGSQL.5432'],
    ['an object', {}],
  ])('of socket that are %s fail', async (_, socket) => {
    const failing = open({ max: 1, socket } as never);
    await expect(failing`SELECT 1`).rejects.toThrow('options.socket is not a function');
  });

  it('of max_lifetime are evaluated once for each connection', () => {
    let calls = 0;
    open({
      max: 3,
      no_subscribe: true,
      max_lifetime: (() => {
        calls += 1;
        return 60;
      }) as unknown as number,
    } as never);
    expect(calls).toBe(3);
  });
});

describe('a proxy around an instance', () => {
  it('is instrumented as the instance', async () => {
    const proxy = instrument(new Proxy(sql, {}));
    expect(await texts(() => proxy`SELECT 1`)).toEqual(['SELECT ?']);
  });
});

describe('an instance for each request', () => {
  it('leaves no pool behind', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const one = open({ max: 1 });
      await one`SELECT 1`;
      await one.end();
    }
    const limits = (await shop.recorder.points()).filter(
      ({ name, value }) => name === 'db.client.connection.limit' && value > 0,
    );
    expect(limits).toEqual([]);
  });
});

describe('subscribe', () => {
  it('has spans for its slot and its replication, which is not open for ever', async () => {
    await sql`CREATE TABLE IF NOT EXISTS events (id int PRIMARY KEY)`;
    await sql`CREATE PUBLICATION alltables FOR ALL TABLES`;
    shop.recorder.clear();
    const got: unknown[] = [];
    const spans = await texts(async () => {
      const { unsubscribe } = await sql.subscribe('insert', (row) => got.push(row));
      await sql`INSERT INTO events VALUES (1)`;
      await pollUntil(async () => got.length === 1);
      unsubscribe();
    });
    expect(spans).toEqual([
      expect.stringMatching(/^CREATE_REPLICATION_SLOT/),
      expect.stringMatching(/^START_REPLICATION/),
      'INSERT INTO events VALUES (?)',
    ]);
    await sql.end();
    expect(shop.recorder.spans().filter(({ status }) => status.code === 2)).toEqual([]);
  });
});

describe('while no instrumentation is enabled', () => {
  afterEach(() => shop.instrumentation.enable());

  it('the driver runs, and it is observed again afterwards', async () => {
    shop.instrumentation.disable();
    await sql`SELECT 1`;
    await sql.begin((tx) => tx`SELECT 1`);
    const reserved = await sql.reserve();
    shop.instrumentation.enable();
    await reserved`SELECT 1`;
    reserved.release();
    expect(await texts(() => sql`SELECT 2::text`)).toEqual(['SELECT ?::text']);
  });
});

describe('a bundled driver', () => {
  let bundled: Sql;
  beforeEach(() => {
    jest.isolateModules(() => {
      const { dirname, join } = require('node:path') as typeof import('node:path');
      jest.dontMock(join(dirname(require.resolve('postgres')), 'connection.js'));
      const plain = require('postgres') as typeof postgres;
      bundled = instrument(plain(shop.server.url, { max: 1, onnotice: () => {} }));
    });
  });
  afterEach(() => bundled.end({ timeout: 0 }));

  it('has spans for its queries, transactions and cursors, with the target', async () => {
    const spans = queriesIn(
      await below(shop, async () => {
        await bundled`SELECT ${1}::int`;
        await bundled.begin((tx) => tx`SELECT 1`);
        for await (const _ of bundled`SELECT generate_series(1, 3)`.cursor(2));
        await bundled`SELECT * FROM missing`.catch(() => {});
      }),
    );
    expect(spans.map(({ attributes }) => attributes['db.query.text'])).toEqual([
      expect.stringContaining('pg_catalog.pg_type'),
      'SELECT $1::int',
      'begin ',
      'SELECT ?',
      'commit',
      'SELECT generate_series(?, ?)',
      'SELECT * FROM missing',
    ]);
    for (const { attributes } of spans.slice(1)) expect(attributes).toMatchObject(shop.target);
    expect(spans[1]?.attributes['pg_otel.pool.wait_time']).toBeGreaterThan(0);
    expect(spans[2]?.attributes['pg_otel.pool.wait_time']).toBeUndefined();
  });

  it('shows how long queries were behind others', async () => {
    await bundled`SELECT 1`;
    const spans = queriesIn(
      await below(shop, () => Promise.all([bundled`SELECT 1, pg_sleep(0.2)`, bundled`SELECT 2::text`])),
    );
    expect(Number(spans[1]?.attributes['pg_otel.client.queue_time'])).toBeGreaterThanOrEqual(0.19);
  });
});
