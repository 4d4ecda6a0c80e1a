import { context, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { createInsights, type Finding, type Insights } from '../src';
import { fakeClock } from './fake-clock';

/** What must be reported about connections that are checked out, and what must not, on a real server. */
let postgres: PostgresServer;
let instrumentation: PostgresInstrumentation;
let insights: Insights;
let pool: pg.Pool;
const taken: pg.PoolClient[] = [];

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  postgres = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation();
  instrument(pg);
});
beforeEach(() => {
  fakeClock();
  insights = createInsights();
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
});
afterEach(async () => {
  for (const client of taken.splice(0)) client.release(true);
  await pool.end();
  insights.stop();
  jest.useRealTimers();
});
afterAll(async () => {
  instrumentation.disable();
  await postgres.stop();
});

async function takeInRequest(): Promise<pg.PoolClient> {
  const span = trace.wrapSpanContext({
    traceId: (taken.length + 1).toString(16).padStart(32, '0'),
    spanId: '1'.repeat(16),
    traceFlags: TraceFlags.NONE,
  });
  const client = await context.with(trace.setSpan(context.active(), span), () => pool.connect());
  taken.push(client);
  return client;
}

/** The findings after 40 seconds, in which the pool was looked at four times. */
function findings(): readonly Finding[] {
  jest.advanceTimersByTime(40_000);
  return insights.getAllPerformanceData().findings;
}

it('reports connections that are not returned, with the place and the trace that took one', async () => {
  await takeInRequest();
  await takeInRequest();
  expect(findings()).toEqual([
    expect.objectContaining({
      kind: 'not_returned',
      poolName: 'shop',
      sentence: 'Pool shop: 2 connections are checked out and run no query, the longest for 40 s',
      takenAt: expect.stringMatching(/takeInRequest .*pool-findings\.test/),
    }),
  ]);
  expect(new Set(findings()[0]?.traceIds)).toEqual(new Set([`${'0'.repeat(31)}1`]));
});

it('reports requests that wait while the connections of the pool idle in transaction', async () => {
  for (let nth = 0; nth < 2; nth += 1) await (await takeInRequest()).query('BEGIN');
  const waiting = pool.query('SELECT 1');
  expect(findings()).toEqual([
    expect.objectContaining({
      kind: 'waits_for_idle',
      poolName: 'shop',
      sentence:
        '1 request waits for pool shop, the oldest for 40.0 s, while 2 of its 2 checked-out connections run no query; the longest is checked out for 40 s',
      takenAt: expect.stringMatching(/takeInRequest .*pool-findings\.test/),
    }),
  ]);
  taken.pop()?.release(true);
  await waiting;
});

it('does not report a connection that runs a query for long', async () => {
  const slow = (await takeInRequest()).query('SELECT pg_sleep(1)');
  expect(findings()).toEqual([]);
  await slow;
});

it('does not report requests that wait for connections which run queries', async () => {
  const slow = [
    (await takeInRequest()).query('SELECT pg_sleep(1)'),
    (await takeInRequest()).query('SELECT pg_sleep(1)'),
  ];
  const waiting = pool.connect();
  expect(findings()).toEqual([]);
  await Promise.all(slow);
  taken.pop()?.release();
  (await waiting).release();
});

it('does not report a connection that listens for notifications', async () => {
  await (await takeInRequest()).query('LISTEN orders');
  expect(findings()).toEqual([]);
});

it('does not report connections that are returned in time', async () => {
  for (let nth = 0; nth < 4; nth += 1) {
    const client = await pool.connect();
    jest.advanceTimersByTime(9_000);
    client.release();
    jest.advanceTimersByTime(3_000);
  }
  expect(insights.getAllPerformanceData().findings).toEqual([]);
});

it('does not report what was released meanwhile', async () => {
  const client = await takeInRequest();
  jest.advanceTimersByTime(20_000);
  taken.pop();
  client.release();
  await pollUntil(async () => pool.idleCount === 1);
  expect(findings()).toEqual([]);
});
