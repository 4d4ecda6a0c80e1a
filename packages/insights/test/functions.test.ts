import { channel } from 'node:diagnostics_channel';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { CHANNELS } from '@pg-otel/instrumentation/channels';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { createInsights, type Insights, InsightsOptionsError } from '../src';

let postgres: PostgresServer;
let instrumentation: PostgresInstrumentation;
let pool: pg.Pool;
let insights: Insights;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation({ slowAfter: [0.2], poolNames: () => 'shop' });
  instrument(pg);
});
beforeEach(() => {
  insights = createInsights();
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
});
afterEach(async () => {
  insights.stop();
  await pool.end();
});
afterAll(async () => {
  instrumentation.disable();
  await postgres.stop();
});

it('counts what Postgres has run, by statement', async () => {
  await pool.query('CREATE TABLE IF NOT EXISTS orders (id int)');
  for (let id = 0; id < 20; id += 1) await pool.query('INSERT INTO orders VALUES ($1)', [id]);
  await expect(pool.query('SELECT * FROM missing')).rejects.toThrow();
  const { total, failed, statements, seconds } = insights.getPerformanceMetrics();
  expect([total, failed]).toEqual([22, 1]);
  expect(statements.find(({ summary }) => summary === 'INSERT orders')).toMatchObject({ count: 20 });
  expect(seconds.p50).toBeGreaterThan(0);
  expect(seconds.p99).toBeLessThanOrEqual(seconds.max);
});

it('has connections with their phases, waits and the reason of their end', async () => {
  const taken = await Promise.all([pool.connect(), pool.connect()]);
  const waiting = pool.query('SELECT 1');
  expect(insights.getPoolMetricsWithAlerts().pools.find(({ pending }) => pending === 1)).toMatchObject({
    used: 2,
    limit: 2,
    utilization: 1,
    held: [{ seconds: expect.any(Number) }, { seconds: expect.any(Number) }],
  });
  for (const client of taken) client.release(true);
  await waiting;
  const { opened, setups, closed, history } = insights.getConnectionStats();
  expect(opened).toBe(3);
  expect(setups).toMatchObject({ count: 3, withinTarget: { seconds: 0.1 } });
  expect(setups.phases.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['tcp', 'auth', 'ready']));
  expect(closed).toEqual({ error: 2 });
  expect(history.map(({ kind }) => kind).sort()).toEqual(['closed', 'closed', 'opened', 'opened', 'opened']);
});

it('has the setups and closes of connections in their order', async () => {
  for (let times = 0; times < 2; times += 1) (await pool.connect()).release(true);
  const { history } = insights.getConnectionStats();
  expect(history.map(({ kind }) => kind)).toEqual(['opened', 'closed', 'opened', 'closed']);
});

it('raises the alerts of the thresholds, and keeps them in the history', async () => {
  const refused = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' });
  await expect(refused.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await pollUntil(async () => insights.getAllPerformanceData().pools.alerts.length > 0);
  const { alertHistory, connections } = insights.getAllPerformanceData();
  expect(connections).toMatchObject({ failed: 1, failures: [{ errorType: 'ECONNREFUSED', count: 1 }] });
  expect(alertHistory).toEqual([
    expect.objectContaining({
      name: 'PostgresConnectionFailed',
      state: 'firing',
      startsAt: expect.any(Number),
      endedAt: undefined,
      peak: 1,
      traceId: undefined,
    }),
  ]);
});

it('shows what runs now, and is plain data', async () => {
  const client = await pool.connect();
  const cancelled = expect(client.query('SELECT pg_sleep(100)')).rejects.toMatchObject({ code: '57014' });
  await pollUntil(async () => insights.getAllPerformanceData().running.length > 0);
  const data = insights.getAllPerformanceData();
  expect(data.running).toEqual([expect.objectContaining({ summary: 'SELECT', waitsFor: 'server' })]);
  expect(JSON.parse(JSON.stringify(data))).toMatchObject({ running: [{ kind: 'query' }] });
  const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
  await pollUntil(async () => (await pool.query(cancel)).rowCount === 1);
  await cancelled;
  client.release();
});

it('has no query text, bound value, server message or password', async () => {
  await pool.query("SELECT 'literal-secret' AS one, $1::text AS two /* comment-secret */", ['bound-secret']);
  await expect(pool.query("SELECT 'message-secret'::int")).rejects.toThrow('message-secret');
  const refused = new pg.Pool({ connectionString: 'postgres://user:password-secret@127.0.0.1:1/shop' });
  await expect(refused.query("SELECT 'waiting-secret'")).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const running = pool.query("SELECT pg_sleep(0.3), 'running-secret'");
  await pollUntil(async () => insights.getAllPerformanceData().running.length > 0);
  const whileItRuns = JSON.stringify(insights.getAllPerformanceData());
  await running;
  const data = insights.getAllPerformanceData();
  expect(data.performance).toMatchObject({ total: 3, failed: 1 });
  expect(data.connections.failed).toBe(1);
  expect(whileItRuns + JSON.stringify(data)).not.toContain('secret');
});

it('costs nothing once it is stopped: no message is created', async () => {
  const channels = Object.values(CHANNELS).map((name) => channel(name));
  const published = channels.map((one) => {
    const publish = jest.fn();
    // A channel with subscribers has another prototype, with its own `publish`.
    Object.defineProperty(one, 'publish', { value: publish, configurable: true, writable: true });
    return publish;
  });
  const counts = () => published.map(({ mock }) => mock.calls.length);
  await pool.query('SELECT 1');
  expect(counts().some((count) => count > 0)).toBe(true);
  insights.stop();
  const before = counts();
  await pool.query('SELECT 1');
  expect(counts()).toEqual(before);
  for (const one of channels) Reflect.deleteProperty(one, 'publish');
});

it('refuses an option that does not exist', () => {
  expect(() => createInsights({ baselinefile: 'b.json' } as object)).toThrow(
    'baselinefile is not an option; there are window, thresholds, serviceName, baselineFile',
  );
});

it.each([0, 1.5, 10_001, Number.NaN])('refuses a window of %p', (window) => {
  expect(() => createInsights({ window })).toThrow(InsightsOptionsError);
  expect(() => createInsights({ window })).toThrow('window must be a whole number from 1 to 10000');
});
