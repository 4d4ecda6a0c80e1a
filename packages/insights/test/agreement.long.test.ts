import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { summarizeSql } from '@pg-otel/instrumentation/sql';
import { freePort, type PostgresServer, pollUntil, readServerLog, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import type { AllPerformanceData } from '../src';

/** The shop of the demo, with `PG_OTEL_INSIGHTS`, against what Postgres counted (pg_stat_statements). */
const SHOP = path.resolve(__dirname, '../../../examples/shop');
/** The window of the insights holds all statements of the shop. */
const WINDOW = 1000;

let postgres: PostgresServer;
let shop: ChildProcess;
let shopUrl: string;
let insightsUrl: string;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres({
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      // Commands such as BEGIN as well.
      'pg_stat_statements.track_utility': 'on',
      log_connections: 'on',
    },
  });
  admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query('CREATE EXTENSION pg_stat_statements');
  const port = await freePort();
  insightsUrl = `http://127.0.0.1:${port}`;
  shop = spawn(process.execPath, ['--import', 'pg-otel/register', 'app.js'], {
    cwd: SHOP,
    env: {
      ...process.env,
      ...postgres.env,
      PORT: '0',
      PG_OTEL_INSIGHTS: String(port),
      // What it asks the server would be counted by Postgres.
      PG_OTEL_DIAGNOSE: 'false',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shop.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await pollUntil(async () => /open: (http:\S+)/.test(output));
  shopUrl = /open: (http:\S+)/.exec(output)?.[1] as string;
});
afterAll(async () => {
  shop.kill('SIGTERM');
  await once(shop, 'exit');
  await admin.end();
  await postgres.stop();
});

async function visit(method: string, route: string, body?: unknown): Promise<number> {
  const response = await fetch(shopUrl + route, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The customers of the demo, a fixed number of times. @returns how many statements fail */
async function customers(): Promise<number> {
  const report = visit('GET', '/reports/sales');
  for (let nth = 0; nth < 40; nth += 1) {
    await Promise.all([visit('GET', '/products?category=tea'), visit('GET', `/product?id=${1 + nth}`)]);
    const items = [0, 1, 2].slice(0, 1 + (nth % 3)).map((next) => ({ product: 1 + nth + next, quantity: 1 }));
    expect(await visit('POST', '/orders', { customer: 1 + nth, items })).toBe(201);
  }
  const statuses = await Promise.all(
    Array.from({ length: 20 }, (_, nth) => {
      const email = nth % 2 === 0 ? `new${nth}@shop.example` : 'customer1@shop.example';
      return visit('POST', '/customers', { email, name: 'Somebody' });
    }),
  );
  await Promise.all(Array.from({ length: 40 }, (_, nth) => visit('GET', `/search?words=${nth}`)));
  for (let nth = 0; nth < 5; nth += 1) await visit('GET', '/export');
  expect(await report).toBe(200);
  return statuses.filter((status) => status === 409).length;
}

/** Successful calls and seconds by summary. Postgres does not count failed statements. */
async function countedByPostgres(): Promise<Map<string, { calls: number; seconds: number }>> {
  const { rows } = await admin.query<{ query: string; calls: string; total_exec_time: number }>(
    `SELECT query, calls, total_exec_time FROM pg_stat_statements
     WHERE query !~ 'pg_stat_statements' AND dbid = (SELECT oid FROM pg_database WHERE datname = $1)`,
    [postgres.database],
  );
  const counted = new Map<string, { calls: number; seconds: number }>();
  for (const { query, calls, total_exec_time } of rows) {
    const summary = summarizeSql(query);
    const known = counted.get(summary) ?? { calls: 0, seconds: 0 };
    known.calls += Number(calls);
    known.seconds += total_exec_time / 1000;
    counted.set(summary, known);
  }
  return counted;
}

it('agrees with Postgres about calls, errors, connections and the slowest statement, and has no shorter time', async () => {
  const failed = await customers();
  expect(failed).toBe(10);
  const { performance, connections, pools } = (await (
    await fetch(`${insightsUrl}/all`)
  ).json()) as AllPerformanceData;
  const counted = await countedByPostgres();

  expect(performance.total).toBeLessThanOrEqual(WINDOW);
  expect(performance.statements.length).toBeGreaterThan(10);
  const calls = Object.fromEntries(
    performance.statements.map(({ summary, count, failed }) => [summary, count - failed]),
  );
  expect(calls).toEqual(Object.fromEntries([...counted].map(([summary, { calls }]) => [summary, calls])));

  // The client's time has the network and its own work as well, so the order of short ones may differ.
  for (const { summary, count, failed, totalSeconds } of performance.statements) {
    const { seconds } = counted.get(summary) as { seconds: number };
    if (count > failed) expect(totalSeconds).toBeGreaterThanOrEqual(seconds - 0.001);
  }
  const [slowest] = [...counted].sort(([, one], [, other]) => other.seconds - one.seconds);
  expect(slowest?.[1].seconds).toBeGreaterThan(6.5);
  expect(performance.critical.last.map(({ summary }) => summary)).toEqual([slowest?.[0]]);

  const log = readServerLog(postgres.log(), postgres.database);
  expect(performance.failed).toBe(failed);
  expect(log.failedStatements).toBe(failed);
  // The other connection is that of this test.
  expect(connections.opened).toBe(log.connections - 1);
  expect(connections.failed).toBe(0);
  const [pool] = pools.pools;
  expect((pool?.used ?? 0) + (pool?.idle ?? 0)).toBe(
    connections.opened - Object.values(connections.closed).reduce((sum, count) => sum + count, 0),
  );
});
