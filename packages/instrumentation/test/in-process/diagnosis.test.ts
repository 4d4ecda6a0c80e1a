import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil, type RecordedEvent } from '@pg-otel/testkit';
import pg from 'pg';
import { race } from './diagnosis-races';
import { closeGate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
beforeAll(async () => {
  shop = await startInstrumented();
  const client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  await client.query('CREATE TABLE accounts AS SELECT n AS id, 0 AS balance FROM generate_series(1, 100) n');
  await client.end();
});
afterAll(() => shop.stop());
beforeEach(() => {
  shop.configure({ slowAfter: [0.2] });
  shop.recorder.clear();
});

const named = (name: string) => shop.recorder.events().filter((event) => event.name === name);
const diagnosed = () => named('pg_otel.operation.diagnosed');
const ofUpdates = (events: readonly RecordedEvent[]) =>
  events.filter(({ attributes }) => attributes['db.query.summary'] === 'UPDATE accounts');

/** Connections of pg-otel itself, as the server counts them. */
async function sideConnections(): Promise<number> {
  const client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pg-otel'`,
  );
  await client.end();
  return rows[0].n;
}

/** Runs a function while a row is locked by a transaction that another caller has left open. */
async function whileLocked(pool: pg.Pool, run: (holder: pg.PoolClient) => Promise<void>): Promise<void> {
  const holder = await pool.connect();
  await holder.query('BEGIN');
  await holder.query('UPDATE accounts SET balance = balance - 1 WHERE id = 7');
  try {
    await run(holder);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}

const UPDATE = 'UPDATE accounts SET balance = balance + 1 WHERE id = $1';

it('names what blocks a query while it waits, in an event of its trace and on its span', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  let query: Promise<unknown> = Promise.resolve();
  await whileLocked(pool, async (holder) => {
    query = pool.query(UPDATE, [7]);
    await pollUntil(async () => ofUpdates(diagnosed()).length > 0);
    const [event] = ofUpdates(diagnosed());
    const { processID } = holder as unknown as { processID: number };
    expect(event).toMatchObject({
      severity: 9,
      attributes: {
        ...shop.target,
        'db.client.connection.pool.name': 'shop',
        'pg_otel.operation.kind': 'query',
        'pg_otel.operation.limit': 0.2,
        'pg_otel.operation.elapsed': expect.any(Number),
        'pg_otel.diagnosis': 'found',
        'pg_otel.diagnosis.reason': expect.stringContaining(`pid ${processID}`),
        'pg_otel.diagnosis.certainty': 'proven',
        'postgresql.wait_event_type': 'Lock',
        'postgresql.blocking.pids': `{${processID}}`,
      },
    });
    expect(event?.body).toMatch(/^UPDATE accounts has been running for [\d.]+ s: /);
    expect(event?.body).toContain(`: ${event?.attributes['pg_otel.diagnosis.reason']}`);
  });
  await query;
  await pool.end();
  const [event] = ofUpdates(diagnosed());
  const span = shop.queries().find(({ attributes }) => 'pg_otel.diagnosis' in attributes);
  expect([span?.traceId, span?.spanId]).toEqual([event?.traceId, event?.spanId]);
  expect(span?.attributes['pg_otel.diagnosis.reason']).toBe(event?.attributes['pg_otel.diagnosis.reason']);
});

it('links the span of a query to the caller that blocks it', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  const tracer = shop.recorder.tracerProvider.getTracer('test');
  const ids = await tracer.startActiveSpan('transfer', async (span) => {
    await whileLocked(pool, async () => {
      const query = tracer.startActiveSpan('deposit', { root: true }, async (deposit) => {
        await pool.query(UPDATE, [7]);
        deposit.end();
      });
      await pollUntil(async () => ofUpdates(diagnosed()).length > 0);
      void query;
    });
    span.end();
    return span.spanContext();
  });
  await pollUntil(async () => shop.recorder.spans().some(({ name }) => name === 'deposit'));
  await pool.end();
  const [event] = ofUpdates(diagnosed());
  expect(event?.attributes['pg_otel.diagnosis.blocker.trace_id']).toBe(ids.traceId);
  expect(event?.traceId).not.toBe(ids.traceId);
  const span = shop.queries().find(({ spanId }) => spanId === event?.spanId);
  expect(span?.links).toEqual([{ traceId: ids.traceId, spanId: ids.spanId }]);
});

it('finds that a request waits for a transaction that it holds open itself', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  const tracer = shop.recorder.tracerProvider.getTracer('test');
  await tracer.startActiveSpan('transfer', async (span) => {
    let query: Promise<unknown> = Promise.resolve();
    await whileLocked(pool, async () => {
      query = pool.query(UPDATE, [7]);
      await pollUntil(async () => ofUpdates(diagnosed()).length > 0);
    });
    await query;
    span.end();
  });
  await pool.end();
  expect(ofUpdates(diagnosed())[0]?.attributes).toMatchObject({
    'pg_otel.diagnosis.kinds': expect.arrayContaining(['blocked_by_itself']),
    'pg_otel.diagnosis.certainty': 'proven',
  });
});

it('is part of the repeated event, as of a new answer', async () => {
  shop.configure({ slowAfter: [0.2], repeatInterval: 1 });
  const pool = new pg.Pool({ connectionString: shop.server.url });
  let query: Promise<unknown> = Promise.resolve();
  await whileLocked(pool, async () => {
    query = pool.query(UPDATE, [7]);
    const slow = () => ofUpdates(named('pg_otel.operation.slow'));
    await pollUntil(async () => slow().length >= 3);
    expect(slow()[0]?.attributes).not.toHaveProperty('pg_otel.diagnosis');
    expect(slow()[2]?.attributes['pg_otel.diagnosis']).toBe('found');
    expect(ofUpdates(diagnosed()).length).toBeGreaterThan(1);
  });
  await query;
  await pool.end();
});

it('emits one event for queries that wait for the same reason, over one connection', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url, max: 20 });
  const waiting: Promise<unknown>[] = [];
  await whileLocked(pool, async () => {
    for (let count = 0; count < 15; count += 1) waiting.push(pool.query(UPDATE, [7]));
    await pollUntil(async () => ofUpdates(diagnosed()).length > 0);
    expect(await sideConnections()).toBe(1);
    expect(ofUpdates(diagnosed())).toHaveLength(1);
  });
  await Promise.all(waiting);
  await pool.end();
});

it('does not keep the server busy when the application has closed its connections', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  await pool.query('CREATE DATABASE temporary');
  const temporary = new pg.Pool({ connectionString: shop.server.url.replace(/shop$/, 'temporary') });
  await temporary.query('CREATE TABLE naps AS SELECT 1');
  const query = temporary.query('SELECT pg_sleep(1000) FROM naps');
  const failed = query.catch(() => {});
  await pollUntil(async () =>
    diagnosed().some(({ attributes }) => attributes['db.namespace'] === 'temporary'),
  );
  await pool.query(
    `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'temporary' AND query LIKE '%pg_sleep%'`,
  );
  await failed;
  await temporary.end();
  await pool.query('DROP DATABASE temporary');
  await pool.end();
});

it('is neither asked for nor emitted when it is turned off', async () => {
  shop.configure({ slowAfter: [0.2, 0.5], diagnose: false });
  const gate = await closeGate(shop.server);
  const client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  const query = client.query(gate.statement);
  await pollUntil(async () => named('pg_otel.operation.slow').length >= 2);
  await gate.open();
  await query;
  await client.end();
  expect(diagnosed()).toEqual([]);
  expect(shop.queries().some(({ attributes }) => 'pg_otel.diagnosis' in attributes)).toBe(false);
});

it('is on the span when no logger is enabled', async () => {
  const silent = { getLogger: () => ({ emit() {}, enabled: () => false }) };
  shop.instrumentation.setLoggerProvider(silent as never);
  const pool = new pg.Pool({ connectionString: shop.server.url });
  const isShown = () => shop.queries().some(({ attributes }) => attributes['pg_otel.diagnosis'] === 'found');
  // Without events, only the end of the query shows whether the answer has arrived: it may take several attempts.
  for (let waitMillis = 500; !isShown(); waitMillis *= 2) {
    let query: Promise<unknown> = Promise.resolve();
    await whileLocked(pool, async () => {
      query = pool.query(UPDATE, [7]);
      await sleep(waitMillis);
    });
    await query;
  }
  await pool.end();
  shop.instrumentation.setLoggerProvider(shop.recorder.loggerProvider as never);
  expect(shop.recorder.events()).toEqual([]);
});

it('is neither late nor about another query', async () => {
  const { reasons, late, wrong } = await race(shop, 40, 2);
  expect({ late, wrong }).toEqual({ late: [], wrong: [] });
  expect(reasons).toBeGreaterThan(0);
});
