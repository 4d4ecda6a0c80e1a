/**
 * Defects of the standard instrumentation of pg (`@opentelemetry/instrumentation-pg` 0.77.0), one test for each
 * defect that was reproduced there. The names D1 to D30 are those of docs/explanation/comparison.md.
 */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { freePort } from '@pg-otel/testkit';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(async () => {
  shop.configure();
  client = new pg.Client({ connectionString: shop.server.url });
  client.on('error', () => {});
  await client.connect();
  shop.recorder.clear();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end().catch(() => {})));
  await client.end().catch(() => {});
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const openPool = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ connectionString: shop.server.url, ...options });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
};
const POOL = 'db.client.connection.pool.name';
const count = async (pool: string, state: 'used' | 'idle') =>
  (await shop.points('db.client.connection.count', { [POOL]: pool, 'db.client.connection.state': state }))[0]
    ?.value;
const durations = (attributes: Record<string, unknown>) =>
  shop.points('db.client.operation.duration', attributes);
const recorded = async (attributes: Record<string, unknown>) =>
  (await durations(attributes)).reduce((sum, point) => sum + (point.count ?? 0), 0);
const telemetry = async () =>
  JSON.stringify([shop.recorder.spans(), shop.recorder.events(), await shop.recorder.points()]);
/** A separate table makes a separate summary, and so a separate series. */
const table = async (name: string) => {
  await client.query(`CREATE TABLE IF NOT EXISTS ${name} AS SELECT generate_series(1, 10) AS n`);
  shop.recorder.clear();
  return { 'db.query.summary': `SELECT ${name}` };
};

const tracer = trace.getTracer('test');
const withinSpan = <T>(name: string, run: () => T): { id: string; traceId: string; result: T } => {
  const span = tracer.startSpan(name);
  const result = context.with(trace.setSpan(context.active(), span), run);
  span.end();
  return { id: span.spanContext().spanId, traceId: span.spanContext().traceId, result };
};

it('D1: cursors, query streams, pg.Query and COPY end their spans and record a duration', async () => {
  const own = await table('d1');
  const cursor = client.query(new Cursor('SELECT n FROM d1'));
  await cursor.read(100);
  await cursor.close();
  for await (const _ of client.query(new QueryStream('SELECT n FROM d1')));
  await new Promise((resolve) => client.query(new pg.Query('SELECT n FROM d1')).on('end', resolve));
  await client.query(copyTo('COPY d1 TO STDOUT')).toArray();
  await pipeline(Readable.from(['11\n']), client.query(copyFrom('COPY d1 FROM STDIN')));
  expect(shop.queries()).toHaveLength(5);
  expect(await recorded(own)).toBe(3);
  expect(await recorded({ 'db.query.summary': 'COPY d1' })).toBe(2);
});

it('D2: SQL comments leave a Submittable unchanged', async () => {
  shop.configure({ sqlComments: true });
  await withinSpan('request', async () => {
    const cursor = client.query(new Cursor('SELECT 1 AS n'));
    expect(await cursor.read(2)).toEqual([{ n: 1 }]);
    await cursor.close();
    const query = new pg.Query('SELECT 1');
    expect(client.query(query)).toBe(query);
    await new Promise((resolve) => query.on('end', resolve));
  }).result;
});

it('D3: each of several pools has separate counts', async () => {
  shop.configure({ poolNames: { shop: 'd3-a', 'shop#2': 'd3-b' } });
  const a = openPool();
  const b = openPool();
  await Promise.all([a.query('SELECT pg_sleep(0.05)'), a.query('SELECT pg_sleep(0.05)')]);
  await b.query('SELECT 1');
  expect([await count('d3-a', 'idle'), await count('d3-b', 'idle')]).toEqual([2, 1]);
  expect([await count('d3-a', 'used'), await count('d3-b', 'used')]).toEqual([0, 0]);
});

it('D4: a pool with only idle connections has no used ones', async () => {
  shop.configure({ poolNames: () => 'd4' });
  await openPool().query('SELECT 1');
  expect([await count('d4', 'used'), await count('d4', 'idle')]).toEqual([0, 1]);
});

it('D5: pending requests are reported while the pool is exhausted', async () => {
  shop.configure({ poolNames: () => 'd5' });
  const pool = openPool({ max: 2 });
  const held = [await pool.connect(), await pool.connect()];
  const waiting = Array.from({ length: 5 }, () => pool.query('SELECT 1'));
  expect((await shop.points('db.client.connection.pending_requests', { [POOL]: 'd5' }))[0]?.value).toBe(5);
  for (const one of held) one.release();
  await Promise.all(waiting);
});

it('D6: timeouts and failed connects leave metrics', async () => {
  shop.configure({ poolNames: (pool) => (pool.namespace === 'nowhere' ? 'd6-refused' : 'd6') });
  const pool = openPool({ max: 1 });
  const held = await pool.connect();
  pool.options.connectionTimeoutMillis = 20;
  for (let n = 0; n < 3; n += 1) await pool.query('SELECT 1').catch(() => {});
  held.release();
  const refused = openPool({ connectionString: `postgresql://app@127.0.0.1:${await freePort()}/nowhere` });
  for (let n = 0; n < 3; n += 1) await refused.query('SELECT 1').catch(() => {});
  expect((await shop.points('db.client.connection.timeouts', { [POOL]: 'd6' }))[0]?.value).toBe(3);
  const failed = await shop.points('db.client.connection.create_time', { [POOL]: 'd6-refused' });
  expect(failed.map(({ attributes, count }) => [attributes['error.type'], count])).toEqual([
    ['ECONNREFUSED', 3],
  ]);
});

it('D7: a pool made of a connection string or of PG* variables knows its target', async () => {
  await openPool({ max: 3 }).query('SELECT 1');
  const { env } = shop.server;
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const pool = new pg.Pool({ max: 7 });
    pools.push(pool);
    await pool.query('SELECT 1');
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  const limits = await shop.points('db.client.connection.limit', shop.target);
  const live = limits.filter(({ value }) => value > 0);
  expect(live.map(({ attributes, value }) => [attributes[POOL], value])).toEqual([
    ['shop', 3],
    ['shop#2', 7],
  ]);
});

it('D8: pools that are dropped without end() are collected', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const dropped: WeakRef<pg.Pool>[] = [];
  for (let n = 0; n < 50; n += 1) {
    const pool = new pg.Pool({ connectionString: shop.server.url, idleTimeoutMillis: 1 });
    await pool.query('SELECT 1');
    dropped.push(new WeakRef(pool));
  }
  for (let n = 0; n < 1000 && dropped.filter((pool) => pool.deref()).length > 1; n += 1) {
    await sleep(20);
    collect();
  }
  expect(dropped.filter((pool) => pool.deref()).length).toBeLessThanOrEqual(1);
  await shop.recorder.points(); // emits the last values of pools that are gone
  const limits = await shop.points('db.client.connection.limit');
  expect(limits.filter(({ value }) => value > 0).length).toBeLessThanOrEqual(1);
});

it('D9: the operation never is a whole statement, nor holds a literal', async () => {
  await client.query("SELECT\n\t*\nFROM\n\tpg_user\nWHERE\n\tusename='alice@example.com'");
  await client.query('/* c */ select 1');
  await client.query('WITH one AS (SELECT 1) SELECT * FROM one, pg_class LIMIT 0');
  expect(shop.queries().map(({ name }) => name)).toEqual([
    'SELECT pg_user',
    'select',
    'SELECT SELECT pg_class',
  ]);
  expect(await telemetry()).not.toContain('alice');
});

it('D10: spans carry the attributes that are documented (all of them: telemetry-contract.test.ts)', async () => {
  const documented = readFileSync(`${__dirname}/../../../../docs/reference/telemetry.md`, 'utf8');
  await client.query('SELECT * FROM missing').catch(() => {});
  await openPool().query('SELECT $1::int', [1]);
  for (const { attributes } of shop.recorder.spans()) {
    for (const name of Object.keys(attributes)) expect(documented).toContain(`\`${name}\``);
  }
});

it('D11: failures have an error.type on metrics, by promise as by callback', async () => {
  const own = await table('d11');
  await client.query('SELECT n FROM d11');
  await client.query("SELECT n FROM d11 WHERE n = 'x'::int").catch(() => {});
  await new Promise((resolve) => client.query("SELECT n FROM d11 WHERE n = 'x'::int", resolve));
  const series = (await durations(own)).map(({ attributes, count }) => [attributes['error.type'], count]);
  expect(series).toEqual([
    [undefined, 1],
    ['22P02', 2],
  ]);
});

it('D12: a client-side timeout has a type, and a SQLSTATE is in db.response.status_code', async () => {
  await table('d12');
  const query = { text: 'SELECT n, pg_sleep(1) FROM d12', query_timeout: 20 };
  await client.query(query as pg.QueryConfig).catch(() => {});
  const [point] = await durations({ 'db.query.summary': 'SELECT d12' });
  expect(point?.attributes['error.type']).toBe('timeout');
  expect(point?.attributes).not.toHaveProperty(['db.response.status_code']);
  await client.end().catch(() => {});
});

it('D13: the status text is free of user data', async () => {
  await client.query("SELECT 'secret-value'::int").catch(() => {});
  expect(shop.queries()[0]?.status).toEqual({ code: 2, message: '22P02 invalid_text_representation' });
  expect(await telemetry()).not.toContain('secret-value');
});

it('D14: the text is sanitised and bounded, and can be switched off', async () => {
  await client.query(`SELECT '${'x'.repeat(250_000)}' AS long`);
  expect(shop.queries()[0]?.attributes['db.query.text']).toBe('SELECT ?');
  await client.query(`SELECT $1::int AS ${'"y", $1::int AS '.repeat(20_000)} z`, [1]).catch(() => {});
  expect(String(shop.queries()[1]?.attributes['db.query.text']).length).toBeLessThanOrEqual(8192);
  shop.configure({ statementText: 'off' });
  await client.query('SELECT 1');
  expect(shop.queries()[2]?.attributes).not.toHaveProperty(['db.query.text']);
});

it('D15: a query object that is used again is measured once each time', async () => {
  const own = await table('d15');
  let called = 0;
  const callback = () => {
    called += 1;
  };
  const query = { text: 'SELECT n FROM d15', callback };
  for (let n = 0; n < 3; n += 1) {
    client.query(query as pg.QueryConfig);
    await client.query('SELECT 1');
  }
  expect(query.callback).toBe(callback);
  expect(called).toBe(3);
  expect(await recorded(own)).toBe(3);
});

it('D16: a custom Promise ends connect and query spans', async () => {
  class Own<T> extends Promise<T> {}
  const custom = new pg.Client({ connectionString: shop.server.url, Promise: Own } as pg.ClientConfig);
  await custom.connect();
  await custom.query('SELECT 1');
  await custom.end();
  expect(shop.recorder.spans().map(({ name }) => name)).toEqual(['connect shop', 'SELECT']);
});

it('D17: requireParentSpan removes spans, never metrics', async () => {
  shop.configure({ requireParentSpan: true, poolNames: () => 'd17' });
  const own = await table('d17');
  const pool = openPool();
  await pool.query('SELECT n FROM d17');
  expect(shop.recorder.spans()).toEqual([]);
  expect(await recorded(own)).toBe(1);
  expect(await count('d17', 'idle')).toBe(1);
  const { id, result } = withinSpan('request', () => pool.query('SELECT n FROM d17'));
  await result;
  expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([id]);
});

it("D18: a connection opened because of another caller's release is in the trace of the one who waits", async () => {
  const pool = openPool({ max: 1 });
  const a = withinSpan('a', () => pool.connect());
  const held = await a.result;
  const b = withinSpan('b', () => pool.query('SELECT 1'));
  held.release(true);
  await b.result;
  const dials = shop.recorder.spans().filter(({ name }) => name === 'connect shop');
  expect(dials.map(({ traceId }) => traceId)).toEqual([a.traceId, b.traceId]);
});

it('D19: time behind other queries on the client is a separate attribute', async () => {
  await Promise.all([client.query('SELECT pg_sleep(0.2)'), client.query('SELECT 42')]);
  const span = shop.queries()[1];
  const queued = span?.attributes['pg_otel.client.queue_time'] as number;
  expect(queued).toBeGreaterThan(0.15);
  expect(queued).toBeLessThan(span?.seconds as number);
});

it("D20: application_name stays the user's, and no statement is added", async () => {
  shop.configure({ sqlComments: true });
  const named = new pg.Client({ connectionString: shop.server.url, application_name: 'billing-api' });
  await named.connect();
  const { rows } = await withinSpan('request', () => named.query('SHOW application_name')).result;
  await named.end();
  expect(rows).toEqual([{ application_name: 'billing-api' }]);
  expect(shop.queries()).toHaveLength(1);
});

it("D21: the limit is that of pg-pool's option max", async () => {
  shop.configure({ poolNames: () => 'd21' });
  const pool = openPool({ max: 13 });
  await pool.query('SELECT 1');
  const limit = async () => (await shop.points('db.client.connection.limit', { [POOL]: 'd21' }))[0]?.value;
  expect(await limit()).toBe(13);
  pool.options.max = 17;
  expect(await limit()).toBe(17);
});

it("D22: reported parameters call nothing of the user's, and nothing of them reaches our own log", async () => {
  shop.configure({ parameters: true });
  const lines: string[] = [];
  const log = (...args: unknown[]) => void lines.push(args.map(String).join(' '));
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.ALL);
  let calls = 0;
  const value = {
    toPostgres() {
      calls += 1;
      return 'as-sent';
    },
  };
  await client.query('SELECT $1::text', [value]);
  await client.query('SELECT $1::text', [{ ssn: '078-05-1120', big: 1n }]).catch(() => {});
  diag.disable();
  expect(calls).toBe(1);
  expect(lines.join('\n')).not.toContain('078-05-1120');
});

it('D23: checking out an idle connection makes no span', async () => {
  const pool = openPool({ max: 1 });
  await pool.query('SELECT 1');
  shop.recorder.clear();
  for (let n = 0; n < 10; n += 1) await pool.query('SELECT 1');
  expect(shop.recorder.spans().map(({ name }) => name)).toEqual(Array.from({ length: 10 }, () => 'SELECT'));
});

it('D24: a second copy of the package counts nothing twice', async () => {
  const own = await table('d24');
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementationOnce(() => {});
  let second: typeof import('../../src') | undefined;
  jest.isolateModules(() => {
    second = require('../../src');
  });
  const copy = new (second as NonNullable<typeof second>).PostgresInstrumentation();
  copy.setTracerProvider(shop.recorder.tracerProvider);
  copy.setMeterProvider(shop.recorder.meterProvider);
  second?.instrument(pg);
  await client.query('SELECT n FROM d24');
  copy.disable();
  expect(emitWarning).toHaveBeenLastCalledWith(
    expect.stringMatching(/^Two copies of @pg-otel\/instrumentation are loaded in this process/),
    { type: 'PgOtelWarning', code: 'PG_OTEL_TWO_COPIES' },
  );
  expect(shop.queries()).toHaveLength(1);
  expect(await recorded(own)).toBe(1);
});

it('D25: another meter provider starts with true numbers', async () => {
  shop.configure({ poolNames: () => 'd25' });
  const pool = openPool();
  const held = await pool.connect();
  await pool.query('SELECT 1');
  shop.instrumentation.setMeterProvider(shop.recorder.meterProvider);
  expect([await count('d25', 'used'), await count('d25', 'idle')]).toEqual([1, 1]);
  held.release();
  expect([await count('d25', 'used'), await count('d25', 'idle')]).toEqual([0, 2]);
});

it('D26: a port that is no number is on neither span nor metric', async () => {
  const odd = new pg.Client({ connectionString: shop.server.url });
  odd.port = Number.NaN;
  await expect(odd.connect()).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  expect(shop.recorder.spans()).toMatchObject([{ attributes: { 'error.type': 'ERR_SOCKET_BAD_PORT' } }]);
  const ports = [...shop.recorder.spans(), ...(await shop.recorder.points())].map(
    ({ attributes }) => attributes['server.port'],
  );
  expect(ports.filter((port) => port !== undefined && !Number.isInteger(port))).toEqual([]);
});

it('D27: a comment is added where a literal looks like one, never when unsampled, never to a named statement', async () => {
  shop.configure({ sqlComments: true });
  const sent = async (query: string | pg.QueryConfig) => {
    const { rows } = await withinSpan('request', () => client.query(query)).result;
    return rows[0].sent as string;
  };
  const self = 'SELECT query AS sent FROM pg_stat_activity WHERE pid = pg_backend_pid()';
  const comment = /\/\*traceparent='00-[0-9a-f]{32}-[0-9a-f]{16}-01'\*\/$/;
  expect(await sent(self)).toMatch(comment);
  expect(await sent(`${self} AND '--' <> '/*'`)).toMatch(comment);
  expect(await sent(`${self} /* mine */`)).not.toMatch(comment);
  expect(await sent({ name: 'd27', text: self })).toBe(self);
  expect((await client.query(self)).rows[0].sent).toBe(self);
  const texts = new Set(shop.queries().map(({ attributes }) => attributes['db.query.text']));
  expect([...texts].filter((text) => String(text).includes('traceparent'))).toEqual([]);
});

it('D28: a connection that a pool opens is a child of the request, as in docs/reference/telemetry.md', async () => {
  shop.configure({ poolNames: () => 'd28' });
  await openPool().query('SELECT 1');
  const [connect, acquire] = shop.recorder.spans();
  expect([connect?.name, acquire?.name]).toEqual(['connect shop', 'acquire d28']);
  expect(connect?.parentSpanId).toBe(acquire?.spanId);
});

it('D29: an unsampled query neither copies the query nor builds attributes: its text is not even sanitised', async () => {
  const { tracing } = jest.requireActual('@opentelemetry/sdk-node');
  const { startRecorder } = jest.requireActual('@pg-otel/testkit');
  const unsampled = startRecorder({ sampler: new tracing.AlwaysOffSampler() });
  shop.instrumentation.setTracerProvider(unsampled.tracerProvider);
  let reads = 0;
  const query = {
    get text() {
      reads += 1;
      return 'SELECT 29';
    },
  };
  await client.query(query);
  shop.instrumentation.setTracerProvider(shop.recorder.tracerProvider);
  expect(reads).toBe(1);
  expect(unsampled.spans()).toEqual([]);
});

it('D30: wait, create and use time, timeouts, idle limits, rows, summaries and phases are there', async () => {
  shop.configure({ poolNames: () => 'd30', returnedRowsMetric: 'always' });
  const pool = openPool({ max: 1 });
  const held = await pool.connect();
  pool.options.connectionTimeoutMillis = 20;
  await pool.query('SELECT 1').catch(() => {});
  await held.query('SELECT 1');
  held.release();
  const names = new Set((await shop.recorder.points()).map(({ name }) => name));
  for (const name of [
    'db.client.operation.duration',
    'db.client.response.returned_rows',
    'db.client.connection.count',
    'db.client.connection.limit',
    'db.client.connection.idle.max',
    'db.client.connection.idle.min',
    'db.client.connection.pending_requests',
    'db.client.connection.timeouts',
    'db.client.connection.create_time',
    'db.client.connection.wait_time',
    'db.client.connection.use_time',
    'pg_otel.connection.setup.duration',
    'pg_otel.connection.utilization',
    'pg_otel.connection.pending.oldest',
    'pg_otel.connection.use.oldest',
  ]) {
    expect(names).toContain(name);
  }
});
