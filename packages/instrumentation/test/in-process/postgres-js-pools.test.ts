import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, pollUntil } from '@pg-otel/testkit';
import { closeGate, type Gate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';
import { below, endAll, loadPostgresJs, opener, queriesIn, type Sql } from './postgres-js';

let shop: Instrumented;
let open: ReturnType<typeof opener>;

beforeAll(async () => {
  shop = await startInstrumented({ maxConnections: 30 });
  open = opener(loadPostgresJs(), shop);
});
beforeEach(() => {
  shop.configure();
  shop.recorder.clear();
});
afterEach(async () => {
  await endAll();
  expect(shop.recorder.openSpans()).toEqual([]);
});
afterAll(() => shop.stop());

/** Each test has its own pool name, which identifies the metrics of its pool. */
const named = (name: string) => shop.configure({ poolNames: () => name });
const POOL = 'db.client.connection.pool.name';
const STATE = 'db.client.connection.state';

const points = (metric: string, pool: string, attributes: Record<string, unknown> = {}) =>
  shop.points(metric, { [POOL]: pool, ...attributes });
const value = async (...arguments_: Parameters<typeof points>) => (await points(...arguments_))[0]?.value;
const count = async (...arguments_: Parameters<typeof points>) =>
  (await points(...arguments_)).reduce((sum, point) => sum + (point.count ?? point.value), 0);
const numbers = async (pool: string) => ({
  used: await value('db.client.connection.count', pool, { [STATE]: 'used' }),
  idle: await value('db.client.connection.count', pool, { [STATE]: 'idle' }),
  pending: await value('db.client.connection.pending_requests', pool),
  limit: await value('db.client.connection.limit', pool),
  utilization: await value('pg_otel.connection.utilization', pool),
});
const reasons = async (pool: string) =>
  (await shop.recorder.points())
    .filter(({ name, attributes }) => name.includes('clos') && attributes[POOL] === pool)
    .map(({ attributes, value: times }) => [attributes['pg_otel.connection.close.reason'], times]);
const acquires = () => shop.recorder.spans().filter(({ name }) => name.startsWith('acquire '));

let gate: Gate | undefined;
const closed = async (): Promise<Gate> => {
  gate = await closeGate(shop.server);
  return gate;
};

describe('the numbers of a pool', () => {
  it('are true while its connections are used, and afterwards', async () => {
    named('used');
    const { statement, waiting, open: openGate } = await closed();
    const sql = open({ max: 3 });
    await sql`SELECT 1`;
    expect(await numbers('used')).toEqual({ used: 0, idle: 1, pending: 0, limit: 3, utilization: 0 });
    const running = [sql.unsafe(statement), sql.unsafe(statement)].map((query) => query.execute());
    await waiting(2);
    expect(await numbers('used')).toEqual({
      used: 2,
      idle: 0,
      pending: 0,
      limit: 3,
      utilization: expect.closeTo(2 / 3),
    });
    await openGate();
    await Promise.all(running);
    expect(await numbers('used')).toEqual({ used: 0, idle: 2, pending: 0, limit: 3, utilization: 0 });
  });

  it('contain the requests that wait, and the age of the oldest', async () => {
    named('waiting');
    const sql = open({ max: 1 });
    const reserved = await sql.reserve();
    const waiting = [sql`SELECT 1`.execute(), sql`SELECT 2`.execute()];
    await sleep(30);
    expect(await numbers('waiting')).toEqual({ used: 1, idle: 0, pending: 2, limit: 1, utilization: 1 });
    expect(await value('pg_otel.connection.pending.oldest', 'waiting')).toBeGreaterThan(0.02);
    expect(await value('pg_otel.connection.use.oldest', 'waiting')).toBeGreaterThan(0.02);
    reserved.release();
    await Promise.all(waiting);
    expect(await numbers('waiting')).toMatchObject({ used: 0, idle: 1, pending: 0 });
    expect(await value('pg_otel.connection.pending.oldest', 'waiting')).toBe(0);
    expect(await value('pg_otel.connection.use.oldest', 'waiting')).toBe(0);
  });

  it('contain the calls of reserve that wait', async () => {
    named('reserving');
    const sql = open({ max: 1 });
    const reserved = await sql.reserve();
    const next = sql.reserve();
    await sleep(30);
    expect(await numbers('reserving')).toMatchObject({ used: 1, pending: 1 });
    reserved.release();
    (await next).release();
    expect(await numbers('reserving')).toMatchObject({ used: 0, idle: 1, pending: 0 });
    const [waits] = await points('db.client.connection.wait_time', 'reserving');
    expect(waits?.count).toBe(2);
    expect(waits?.value).toBeGreaterThan(0.02);
  });

  it('do not count a connection that is being opened as used', async () => {
    named('opening');
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const sql = open({ host: '127.0.0.1', port, max: 2 });
    const failed = sql`SELECT 1`.catch(({ code }) => code);
    await once(silent, 'connection');
    expect(await numbers('opening')).toEqual({ used: 0, idle: 0, pending: 0, limit: 2, utilization: 0.5 });
    for (const socket of sockets) socket.resetAndDestroy();
    expect(await failed).toBe('ECONNRESET');
    await pollUntil(async () => (await numbers('opening')).utilization === 0);
    silent.close();
  });

  it('count a connection that executes its first query as used', async () => {
    named('first');
    const { statement, waiting, open: openGate } = await closed();
    const sql = open({ max: 2 });
    const running = sql.unsafe(statement).execute();
    await waiting(1);
    expect(await numbers('first')).toMatchObject({ used: 1, idle: 0 });
    await openGate();
    await running;
    expect(await numbers('first')).toMatchObject({ used: 0, idle: 1 });
  });

  it('end with the pool', async () => {
    named('ended');
    const sql = open({ max: 3 });
    await sql`SELECT 1`;
    await sql.end();
    expect(await numbers('ended')).toEqual({ used: 0, idle: 0, pending: 0, limit: 0, utilization: 0 });
  });

  it('end with the pool, though a call of reserve waits for a connection that is never released', async () => {
    named('reserved');
    const sql = open({ max: 1 });
    await sql.reserve();
    const refused = sql.reserve().then(
      () => 'served',
      ({ code }: { code: string }) => code,
    );
    await pollUntil(async () => (await numbers('reserved')).pending === 1);
    await sql.end({ timeout: 0.01 });
    expect(await refused).toBe('CONNECTION_DESTROYED');
    expect(await numbers('reserved')).toMatchObject({ used: 0, pending: 0, limit: 0 });
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toContain('pool_closed');
  });

  it('do not contain the connections of listen and subscribe, which belong to the pool', async () => {
    named('listening');
    const sql = open({ max: 2 });
    await sql`SELECT 1`;
    const { unlisten } = await sql.listen('news', () => {});
    expect(await numbers('listening')).toMatchObject({ used: 0, idle: 1, limit: 2 });
    expect(await points('db.client.connection.limit', 'listening')).toHaveLength(1);
    expect(await count('db.client.connection.create_time', 'listening')).toBe(2);
    await unlisten();
  });

  it('are those of an instance that was never used: none', async () => {
    named('unused');
    open();
    expect(await points('db.client.connection.limit', 'unused')).toEqual([]);
  });
});

describe('the limit of a pool', () => {
  it('is the number of connections that the driver creates: one for a text', async () => {
    named('text');
    const sql = open({ max: '20' as unknown as number });
    await Promise.all([sql`SELECT 1`, sql`SELECT 2`]);
    expect(await numbers('text')).toMatchObject({ idle: 1, limit: 1 });
  });
});

/** A query that is cancelled while it waits behind another one: its connection opens another, which cancels it. */
async function cancelBehindAnother(sql: ReturnType<typeof open>): Promise<void> {
  const gate = await closed();
  const first = sql.unsafe(gate.statement).execute();
  const second = sql`SELECT pg_sleep(600)`.execute();
  const failed = second.catch(({ code }) => code);
  await gate.waiting(1);
  second.cancel();
  await gate.open();
  await first;
  expect(await failed).toBe('57014');
}

describe('a request to cancel a query', () => {
  it('is no connection of the pool, with a socket of the application', async () => {
    named('own socket');
    const { host, port } = shop.server;
    const socket = async () => {
      const connected = connect(port, host);
      await once(connected, 'connect');
      return connected;
    };
    const sql = open({ max: 1, socket } as Parameters<typeof open>[0]);
    await sql`SELECT 1`;
    await cancelBehindAnother(sql);
    expect(await numbers('own socket')).toMatchObject({ used: 0, idle: 1, limit: 1 });
    expect(await count('db.client.connection.create_time', 'own socket')).toBe(1);
    await sql.end();
    expect(await numbers('own socket')).toMatchObject({ idle: 0, limit: 0 });
  });

  it('does not change the lifetime of the connection', async () => {
    named('cancelling');
    const lifetimes = [2];
    const sql = open({ max: 1, max_lifetime: (() => lifetimes.shift() ?? 600) as unknown as number });
    await sql`SELECT 1`;
    await cancelBehindAnother(sql);
    await pollUntil(async () => (await reasons('cancelling')).length > 0);
    expect(await reasons('cancelling')).toEqual([['lifetime', 1]]);
  });
});

describe('a request for a connection', () => {
  it('that waits has a span, and the query its time', async () => {
    named('queue');
    const { statement, waiting, open: openGate } = await closed();
    const sql = open({ max: 1 });
    await sql`SELECT 1`;
    shop.recorder.clear();
    const spans = below(shop, async () => {
      const first = sql.begin((tx) => tx.unsafe(statement));
      await waiting(1);
      const second = sql`SELECT 2::text`.execute();
      await sleep(30);
      await openGate();
      await Promise.all([first, second]);
    });
    const second = queriesIn(await spans).find(
      ({ attributes }) => attributes['db.query.text'] === 'SELECT ?::text',
    );
    expect(Number(second?.attributes['pg_otel.pool.wait_time'])).toBeGreaterThan(0.02);
    expect(second?.attributes['pg_otel.client.queue_time']).toBeUndefined();
    expect(acquires()).toMatchObject([{ name: 'acquire queue', attributes: { [POOL]: 'queue' } }]);
    expect(await count('db.client.connection.wait_time', 'queue')).toBe(3);
  });

  it('of a query that is sent at once has no span', async () => {
    const sql = open();
    await sql`SELECT 1`;
    shop.recorder.clear();
    await sql`SELECT 1`;
    expect(acquires()).toEqual([]);
  });

  it('that fails has a span with the error, as the query and the setup', async () => {
    named('refused');
    const sql = open({ host: '127.0.0.1', port: await freePort() });
    const spans = await below(shop, () => sql`SELECT 1`.catch(() => {}));
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']]).sort()).toEqual([
      ['SELECT', 'ECONNREFUSED'],
      ['acquire refused', 'ECONNREFUSED'],
    ]);
    const setup = shop.recorder.spans().find(({ name }) => name.startsWith('connect '));
    expect(setup?.attributes).toMatchObject({
      'error.type': 'ECONNREFUSED',
      'pg_otel.connection.phase': 'tcp',
    });
  });

  it('that is cancelled while it waits ends', async () => {
    named('cancelled');
    const sql = open({ max: 1 });
    const reserved = await sql.reserve();
    const query = sql`SELECT 1`;
    const failed = query.catch(({ code }) => code);
    await pollUntil(async () => (await numbers('cancelled')).pending === 1);
    query.cancel();
    expect(await failed).toBe('57014');
    expect(await numbers('cancelled')).toMatchObject({ used: 1, pending: 0 });
    reserved.release();
  });

  it('that waits when the pool is destroyed fails', async () => {
    named('destroyed');
    const sql = open({ max: 1 });
    await sql.reserve();
    const query = sql`SELECT 1`.catch(({ code }) => code);
    await pollUntil(async () => (await numbers('destroyed')).pending === 1);
    await sql.end({ timeout: 0 });
    expect(await query).toBe('CONNECTION_DESTROYED');
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toContain('CONNECTION_DESTROYED');
  });
});

describe('a checkout', () => {
  it('is recorded for each query, transaction and reservation', async () => {
    named('checkouts');
    const sql = open({ max: 1 });
    await sql`SELECT 1`;
    await sql.begin((tx) => [tx`SELECT 1`, tx`SELECT 2`]);
    const reserved = await sql.reserve();
    await reserved`SELECT 1`;
    expect(await count('db.client.connection.use_time', 'checkouts')).toBe(2);
    reserved.release();
    expect(await count('db.client.connection.use_time', 'checkouts')).toBe(3);
  });

  it('of a transaction lasts until its end', async () => {
    named('transaction');
    const sql = open({ max: 1 });
    await sql.begin(async (tx) => {
      await tx`SELECT 1`;
      await sleep(30);
      expect(await value('pg_otel.connection.use.oldest', 'transaction')).toBeGreaterThan(0.02);
    });
    expect(await value('pg_otel.connection.use.oldest', 'transaction')).toBe(0);
    const [useTime] = await points('db.client.connection.use_time', 'transaction');
    expect(useTime?.value).toBeGreaterThan(0.02);
  });

  it.each<[string, (sql: Sql, whileHeld: () => Promise<unknown>) => Promise<unknown>]>([
    [
      'transaction',
      async (sql, whileHeld) => {
        await sql.begin(whileHeld);
      },
    ],
    [
      'reservation',
      async (sql, whileHeld) => {
        const reserved = await sql.reserve();
        await whileHeld();
        reserved.release();
      },
    ],
  ])('of a %s that lasts too long has an event with the caller', async (what, hold) => {
    shop.configure({ poolNames: () => `held ${what}`, heldAfter: 0.1 });
    const isHeld = () =>
      pollUntil(async () =>
        shop.recorder
          .events()
          .find(
            ({ name, attributes }) =>
              name === 'pg_otel.connection.held' && attributes[POOL] === `held ${what}`,
          ),
      );
    let stack: unknown;
    await hold(open({ max: 1 }), async () => {
      stack = (await isHeld()).attributes['code.stacktrace'];
    });
    expect(stack).toContain('postgres-js-pools.test.ts');
    expect(stack).not.toContain('packages/instrumentation/src');
  });
});

it('a reserved connection that listens for notifications does not count as held', async () => {
  named('listener');
  const sql = open({ max: 1 });
  const reserved = await sql.reserve();
  await reserved`LISTEN news`;
  expect(await value('pg_otel.connection.use.oldest', 'listener')).toBe(0);
  await reserved`UNLISTEN news`;
  await sleep(5);
  expect(await value('pg_otel.connection.use.oldest', 'listener')).toBeGreaterThan(0);
  reserved.release();
});

describe('a connection is closed', () => {
  it('because it was idle', async () => {
    named('idle');
    const sql = open({ idle_timeout: 0.05 });
    await sql`SELECT 1`;
    await pollUntil(async () => (await reasons('idle')).length > 0);
    expect(await reasons('idle')).toEqual([['idle', 1]]);
    await sql`SELECT 1`;
    expect(await numbers('idle')).toMatchObject({ limit: 10 });
  });

  it.each([
    ['a number', 0.05],
    ['a function', () => 0.05],
  ])('because its lifetime is over: %s', async (_, lifetime) => {
    named('lifetime');
    const sql = open({ max_lifetime: lifetime as number });
    const before = (await reasons('lifetime')).length === 0 ? 0 : Number((await reasons('lifetime'))[0]?.[1]);
    await sql`SELECT 1`;
    await pollUntil(async () => (await reasons('lifetime'))[0]?.[1] === before + 1);
    expect((await reasons('lifetime'))[0]?.[0]).toBe('lifetime');
  });

  it('because of an error', async () => {
    named('lost');
    const sql = open({ max: 1 });
    const killed = sql`SELECT pg_terminate_backend(pg_backend_pid())`.catch(({ code }) => code);
    expect(await killed).toMatch(/57P01|CONNECTION_CLOSED/);
    await pollUntil(async () => (await reasons('lost')).length > 0);
    expect(await reasons('lost')).toEqual([['error', 1]]);
  });

  it('because the pool ends', async () => {
    named('ending');
    const sql = open();
    await Promise.all([sql`SELECT 1`, sql`SELECT 2`]);
    const opened = Number(await value('db.client.connection.count', 'ending', { [STATE]: 'idle' }));
    await sql.end();
    expect(await reasons('ending')).toEqual([['end', opened]]);
  });
});
