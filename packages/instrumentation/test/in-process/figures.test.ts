import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { instrument, PostgresInstrumentation } from '../../src';
import {
  CHANNELS,
  type CollectMessage,
  type EventMessage,
  type OperationEndMessage,
} from '../../src/channels';
import { SCOPE } from '../../src/scope';

/** What a reader in the same process gets, without an SDK. */
let server: PostgresServer;
let instrumentation: PostgresInstrumentation;
let pool: pg.Pool;
let stopReading: () => void;
const ends: OperationEndMessage[] = [];
const events: EventMessage[] = [];

beforeAll(async () => {
  server = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation({
    slowAfter: [0.2, 10],
    heldAfter: 0.2,
    repeatInterval: 1,
    diagnose: true,
  });
  instrument(pg);
  const onEnd = (message: unknown) => ends.push(message as OperationEndMessage);
  const onEvent = (message: unknown) => events.push(message as EventMessage);
  subscribe(CHANNELS.operationEnd, onEnd);
  subscribe(CHANNELS.event, onEvent);
  stopReading = () => {
    unsubscribe(CHANNELS.operationEnd, onEnd);
    unsubscribe(CHANNELS.event, onEvent);
  };
});
beforeEach(() => {
  pool = new pg.Pool({ connectionString: server.url, max: 1 });
  ends.length = 0;
  events.length = 0;
});
afterEach(() => pool.end());
afterAll(async () => {
  stopReading();
  instrumentation.disable();
  await server.stop();
});

const collect = (): CollectMessage => {
  const message: CollectMessage = { pools: [], running: [] };
  channel(CHANNELS.collect).publish(message);
  return message;
};

it('a reader gets the phases of a setup and the wait for the pool', async () => {
  await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2')]);
  const setup = ends.find(({ kind }) => kind === 'connect');
  expect(setup?.phases?.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['tcp', 'auth', 'ready']));
  const [first, second] = ends.filter(({ kind }) => kind === 'query');
  expect(first).toMatchObject({ summary: 'SELECT', countedSeconds: expect.any(Number), isSampled: false });
  expect(second?.poolWaitSeconds).toBeGreaterThan(0);
});

it('a reader gets the version of the instrumentation if it asks for versions', () => {
  const message: CollectMessage = { pools: [], running: [], versions: {} };
  channel(CHANNELS.collect).publish(message);
  expect(message.versions).toEqual({ [SCOPE.name]: SCOPE.version });
  expect(collect()).not.toHaveProperty('versions');
});

it('a reader gets slow queries, held connections and failures without a logger', async () => {
  const client = await pool.connect();
  await client.query('SELECT pg_sleep(0.5)');
  await pollUntil(async () => events.some(({ name }) => name === 'pg_otel.connection.held'));
  await expect(client.query('SELECT wrong')).rejects.toThrow();
  client.release();
  const slow = events.find(
    ({ name, attributes }) =>
      name === 'pg_otel.operation.slow' && attributes['pg_otel.operation.kind'] === 'query',
  );
  expect(slow).toMatchObject({
    severity: 'WARN',
    body: expect.stringContaining('SELECT'),
    attributes: { 'db.query.summary': 'SELECT', 'pg_otel.operation.limit': 0.2 },
  });
  expect(events.map(({ name }) => name)).toContain('db.client.operation.exception');
});

it('a reader collects what runs, what waits and who holds connections', async () => {
  const client = await pool.connect();
  const cancelled = expect(client.query('SELECT pg_sleep(100)')).rejects.toMatchObject({ code: '57014' });
  const waiting = pool.connect();
  await pollUntil(async () => collect().running.length === 2);
  const { pools, running } = collect();
  expect(pools).toEqual([
    expect.objectContaining({ namespace: 'shop', used: 1, idle: 0, pending: 1, limit: 1 }),
  ]);
  expect(pools[0]?.held).toEqual([
    expect.objectContaining({ seconds: expect.any(Number), isSampled: false }),
  ]);
  expect(running).toEqual([
    expect.objectContaining({ kind: 'query', summary: 'SELECT', waitsFor: 'server' }),
    expect.objectContaining({ kind: 'acquire', summary: undefined, waitsFor: 'pool' }),
  ]);
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query('SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = $1', ['PgSleep']);
  await admin.end();
  await cancelled;
  client.release();
  (await waiting).release();
  expect(collect().running).toEqual([]);
});

it('a reader gets no trace of a request whose span has no ids, as without a tracer provider', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  await context.with(trace.setSpan(context.active(), span), async () => {
    const client = await pool.connect();
    await client.query('SELECT pg_sleep(0.5)');
    const failed = expect(client.query('SELECT wrong')).rejects.toThrow();
    const { pools, running } = collect();
    await failed;
    await pollUntil(async () => events.some(({ name }) => name === 'pg_otel.connection.held'));
    client.release();
    const identities = [...ends, ...events, ...running, ...pools.flatMap(({ held }) => held)];
    expect(new Set(identities.map(({ traceId }) => traceId))).toEqual(new Set([undefined]));
    expect(new Set(identities.map(({ spanId }) => spanId))).toEqual(new Set([undefined]));
  });
  context.disable();
  expect(events.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['pg_otel.operation.slow', 'db.client.operation.exception']),
  );
});

it('a reader gets the reason why a query is slow, while it runs and when it has ended', async () => {
  const [blocker, blocked] = [new pg.Client(server.url), new pg.Client(server.url)];
  await Promise.all([blocker.connect(), blocked.connect()]);
  await blocker.query('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)');
  await blocker.query('BEGIN');
  await blocker.query('UPDATE orders SET id = 2');
  const update = blocked.query('UPDATE orders SET id = 3');
  const diagnosis = {
    outcome: 'found',
    reason: expect.stringContaining('a row of `orders`'),
    certainty: 'proven',
    blockerTraceId: undefined,
  };
  const running = () => collect().running.find(({ summary }) => summary === 'UPDATE orders');
  // On a busy machine the query may reach its threshold before the server executes it. It is asked again.
  await pollUntil(async () => running()?.diagnosis?.outcome === 'found');
  expect(running()?.diagnosis).toEqual(diagnosis);
  await blocker.query('COMMIT');
  await update;
  expect(ends.findLast(({ summary }) => summary === 'UPDATE orders')?.diagnosis).toEqual(diagnosis);
  expect(ends.find(({ summary }) => summary === 'COMMIT')?.diagnosis).toBeUndefined();
  await Promise.all([blocker.end(), blocked.end()]);
});
