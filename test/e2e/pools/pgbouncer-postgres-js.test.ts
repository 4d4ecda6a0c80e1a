import path from 'node:path';
import {
  type PgBouncer,
  type PgBouncerOptions,
  pollUntil,
  type RecordedSpan,
  readServerLog,
  startPgBouncer,
} from '@pg-otel/testkit';
import type postgres from 'postgres';
import { sanitizeSql } from '../../../packages/instrumentation/src/sql';
import {
  type Instrumented,
  startInstrumented,
} from '../../../packages/instrumentation/test/in-process/instrumented';
import {
  endAll,
  loadPostgresJs,
  opener,
  queriesIn,
  type Sql,
} from '../../../packages/instrumentation/test/in-process/postgres-js';
import { describeWith, using } from '../stage';

type Driver = typeof postgres;
type Options = postgres.Options<Record<string, postgres.PostgresType>>;

describeWith('pgbouncer')('Postgres.js behind PgBouncer', () => {
  let shop: Instrumented;
  let instrumented: Driver;
  let uninstrumented: Driver;
  /** Connected to Postgres itself. */
  let admin: Sql;

  beforeAll(async () => {
    shop = await startInstrumented({ settings: { log_statement: 'all' } });
    instrumented = loadPostgresJs();
    jest.isolateModules(() => {
      jest.dontMock(path.join(path.dirname(require.resolve('postgres')), 'connection.js'));
      uninstrumented = require('postgres') as Driver;
    });
    admin = uninstrumented(shop.server.url, { max: 1, connection: { application_name: 'admin' } });
  });
  beforeEach(() => {
    shop.configure({ poolNames: () => 'shop' });
    shop.recorder.clear();
  });
  afterEach(async () => {
    await endAll();
    expect(shop.recorder.openSpans()).toEqual([]);
  });
  afterAll(async () => {
    await admin.end();
    await shop.stop();
  });

  const start = (options: Omit<PgBouncerOptions, 'postgres'>): Promise<PgBouncer> =>
    using(startPgBouncer({ postgres: shop.server, ...options }));

  /** An instance with one connection to PgBouncer. */
  function openTo({ url }: PgBouncer, options: Options = {}, driver: Driver = instrumented): Sql {
    const { hostname: host, port } = new URL(url);
    return opener(
      driver,
      shop,
    )({
      host,
      port: Number(port),
      max: 1,
      prepare: false,
      backoff: () => 0.001,
      ...options,
    });
  }

  /** Does the same uninstrumented and instrumented, and expects the same results. */
  async function both<Result>(
    run: (open: (options?: Options) => Sql) => Promise<Result>,
    pgbouncer: PgBouncer,
  ) {
    const expected = await run((options) => openTo(pgbouncer, options, uninstrumented));
    expect(await run((options) => openTo(pgbouncer, options))).toEqual(expected);
    return expected;
  }

  const setups = () => shop.recorder.spans().filter(({ name }) => name.startsWith('connect '));
  const queries = () => queriesIn(shop.recorder.spans()).filter(({ name }) => !name.includes('pg_type'));

  describe.each(['session', 'transaction'] as const)('in %s mode', (poolMode) => {
    it('has one span for each statement that Postgres executes, with the address of PgBouncer', async () => {
      const pgbouncer = await start({ poolMode });
      const before = shop.server.log().length;
      const sql = openTo(pgbouncer, { max: 2 });
      await everyForm(sql);
      await sql.end();
      const { statements } = readServerLog(shop.server.log().slice(before), 'shop');
      const sent = statements.map(({ text }) => text).filter((text) => !OF_PGBOUNCER.test(text));
      const spans = queriesIn(shop.recorder.spans());
      expect(spans.map(({ attributes }) => attributes['db.query.text']).sort()).toEqual(
        sent.map((text) => (/\$\d/.test(text) ? text : sanitizeSql(text))).sort(),
      );
      const target = { ...shop.target, 'server.port': pgbouncer.ports.postgres };
      for (const { attributes } of [...spans, ...setups()]) expect(attributes).toMatchObject(target);
      expect(setups().map(phases)).toEqual(Array(2).fill(['tcp', 'startup', 'auth', 'ready']));
    });

    it.each<[string, () => Options, string]>([
      ['a wrong password', () => ({ pass: 'wrong' }) as Options, 'auth'],
      ['a database that PgBouncer does not know', () => ({ database: 'missing' }), 'auth'],
      [
        'a setting that PgBouncer does not know',
        () => ({ connection: { statement_timeout: 5 } }) as unknown as Options,
        'startup',
      ],
    ])('reports a connection that fails because of %s', async (_, options, phase) => {
      const pgbouncer = await start({ poolMode });
      const ask = (open: (options: Options) => Sql) => outcome(open(options())`SELECT 1`);
      // 08P01 in PgBouncer 1.18.
      const [code] = (await both(ask, pgbouncer)).split(' ');
      expect(code).toMatch(/^[0-9A-Z]{5}$/);
      expect(setups().map(({ attributes }) => attributes)).toEqual([
        expect.objectContaining({ 'error.type': code, 'pg_otel.connection.phase': phase }),
      ]);
      expect(queries()).toMatchObject([{ attributes: { 'db.response.status_code': code } }]);
    });

    it('reports a connection that PgBouncer refuses because it has too many', async () => {
      const ask = async (driver: Driver) => {
        const pgbouncer = await start({ poolMode, settings: { max_client_conn: 1 } });
        const [first, second] = [openTo(pgbouncer, {}, driver), openTo(pgbouncer, {}, driver)];
        // The first connection may have been the one that has found PgBouncer ready.
        await pollUntil(async () => (await outcome(first`SELECT 1`)) === 'ok');
        shop.recorder.clear();
        return outcome(second`SELECT 2`);
      };
      expect(await ask(uninstrumented)).toBe('08P01 no more connections allowed (max_client_conn)');
      expect(await ask(instrumented)).toBe('08P01 no more connections allowed (max_client_conn)');
      expect(setups().map(({ attributes }) => attributes)).toEqual([
        expect.objectContaining({ 'error.type': '08P01', 'pg_otel.connection.phase': 'startup' }),
      ]);
    });

    it('reports a query that has waited in vain for a connection to Postgres, and no failed connection', async () => {
      const settings = { query_wait_timeout: 1 };
      const pgbouncer = await start({ poolMode, poolSize: 1, settings });
      const holder = openTo(pgbouncer, {}, uninstrumented);
      const reserved = await holder.reserve();
      await reserved`BEGIN`;
      const ask = async (open: (options: Options) => Sql) => {
        const sql = open({ fetch_types: false });
        const results = [await outcome(sql`SELECT 1`)];
        // The driver gives the error of PgBouncer to the first query on the next connection.
        const next = outcome(sql`SELECT 2`);
        await reserved`SELECT 1`;
        results.push(await next);
        await sql.end({ timeout: 0 });
        return results;
      };
      expect(await both(ask, pgbouncer)).toEqual([
        expect.stringMatching(/^CONNECTION_CLOSED/),
        '08P01 query_wait_timeout',
      ]);
      expect(queries().map(({ attributes }) => attributes['error.type'])).toEqual([
        'CONNECTION_CLOSED',
        '08P01',
      ]);
      expect(setups().map(({ status }) => status.code)).toEqual([0, 0]);
    });

    it('counts the connections to PgBouncer, also after Postgres has closed one', async () => {
      const pgbouncer = await start({ poolMode, poolSize: 1 });
      shop.configure({ poolNames: () => `lost in ${poolMode}` });
      const lose = async (open: () => Sql) => {
        const sql = open();
        const results = [
          await outcome(sql`SELECT pg_terminate_backend(pg_backend_pid())`),
          await outcome(sql`SELECT 1`),
          await outcome(sql`SELECT 2`),
        ];
        await sql.end();
        return results;
      };
      expect(await both(lose, pgbouncer)).toEqual([
        expect.stringMatching(/^CONNECTION_CLOSED/),
        expect.stringMatching(/^08P01 server conn(ection)? crashed\?$/),
        'ok',
      ]);
      expect(setups().map(({ status }) => status.code)).toEqual([0, 0]);
      const POOL = { 'db.client.connection.pool.name': `lost in ${poolMode}` };
      const closed = await shop.points('pg_otel.connection.closed', POOL);
      expect(
        closed.map(({ attributes, value }) => [attributes['pg_otel.connection.close.reason'], value]),
      ).toEqual([
        ['error', 1],
        ['end', 1],
      ]);
      expect(await shop.points('db.client.connection.limit', POOL)).toMatchObject([{ value: 0 }]);
    });

    it('cancels a query through PgBouncer, which is no connection of the pool', async () => {
      const pgbouncer = await start({ poolMode, poolSize: 1 });
      const cancel = async (open: () => Sql) => {
        const sql = open();
        const running = sql`SELECT pg_sleep(600)`.execute();
        const ended = outcome(running);
        await pollUntil(async () => {
          const found = await admin`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;
          return found.length > 0;
        });
        running.cancel();
        const results = [await ended, await outcome(sql`SELECT 1`)];
        await sql.end();
        return results;
      };
      expect(await both(cancel, pgbouncer)).toEqual(['57014 canceling statement due to user request', 'ok']);
      expect(queries().map(({ attributes }) => attributes['db.response.status_code'])).toEqual([
        '57014',
        undefined,
      ]);
      expect(setups()).toHaveLength(1);
    });
  });

  it('prepares statements in session mode', async () => {
    const pgbouncer = await start({ poolMode: 'session' });
    const ask = async (open: (options: Options) => Sql) => {
      const sql = open({ prepare: true });
      const results = [];
      for (const n of [1, 2]) results.push(await outcome(sql`SELECT ${n}::int`));
      await sql.end();
      return results;
    };
    expect(await both(ask, pgbouncer)).toEqual(['ok', 'ok']);
    expect(queries().map(({ attributes }) => attributes['db.query.text'])).toEqual(
      Array(2).fill('SELECT $1::int'),
    );
  });

  it('reports commands of the console of PgBouncer', async () => {
    const settings = { admin_users: shop.server.user };
    const pgbouncer = await start({ poolMode: 'session', settings });
    const console = openTo(pgbouncer, { database: 'pgbouncer', fetch_types: false });
    expect(await outcome(console`SHOW POOLS`.simple())).toBe('ok');
    expect(queries()).toMatchObject([
      { name: 'SHOW POOLS', attributes: { 'db.namespace': 'pgbouncer', 'db.query.text': 'SHOW POOLS' } },
    ]);
  });
});

const outcome = (query: Promise<unknown>): Promise<string> =>
  query.then(
    () => 'ok',
    ({ code, message }) => `${code} ${message}`,
  );

/** PgBouncer sets the settings of the client on the connection to the server, and resets them in session mode. */
const OF_PGBOUNCER = /^(SET \w+=|DISCARD ALL)/;

const phases = ({ events }: RecordedSpan) => events.map(({ name }) => name);

async function everyForm(sql: Sql): Promise<void> {
  await sql`SELECT ${1}::int AS n`;
  await sql`SELECT ${1}::int AS n`;
  await sql.unsafe('SELECT 1; SELECT 2');
  await sql.begin(async (tx) => {
    await tx`CREATE TEMP TABLE basket (id int) ON COMMIT DROP`;
    await tx.savepoint((inner) => inner`INSERT INTO basket VALUES (${1})`);
  });
  for await (const _ of sql`SELECT generate_series(1, 3) AS n`.cursor(2));
  for await (const _ of await sql`COPY (SELECT 1) TO STDOUT`.readable());
  const reserved = await sql.reserve();
  await reserved`SELECT 1 AS reserved`;
  reserved.release();
  await Promise.all(Array.from({ length: 10 }, (_, n) => sql`SELECT ${n}::int AS burst`));
}
