import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '@pg-otel/testkit';

interface Summary {
  readonly requests: Record<string, Record<string, number>>;
  readonly spans: Record<string, { count: number; errors: number; meanMillis: number }>;
  readonly events: Record<string, number>;
  readonly slow: {
    readonly name: string;
    readonly kind: string;
    readonly tookMillis: number;
    readonly diagnosis?: { kinds: string[]; certainty: string; reason: string };
    readonly warnings: { limitSeconds: number; afterCrossingMillis: number; beforeEndMillis: number }[];
  }[];
  readonly metrics: Record<
    string,
    {
      unit: string;
      series: { attributes: Record<string, unknown>; count?: number; sum?: number; value?: number }[];
    }
  >;
  readonly trace: string[];
  readonly pool: {
    limit: number;
    mostUsed: number;
    mostWaiting: number;
    highestUtilization: number;
    requests: number;
    meanWaitMillis: number;
  };
  readonly setup: { connections: number; phaseMeanMillis: Record<string, number> };
  readonly http?: {
    requests: number;
    batches: number;
    batchedStatements: number;
    connectionsOpened: number;
    partMeanMillis: Record<string, number>;
  };
  readonly traced: { statements: number; connections: number };
  readonly server: { statements: number; failedStatements: number; connections: number };
  readonly endpoint?: { webSockets: number; requests: number };
}

const program = path.join(repository, 'scripts/demo.mjs');
const run = promisify(execFile);

async function demo(...args: string[]): Promise<Summary> {
  const { stdout } = await run(process.execPath, [program, '--json', ...args], { timeout: 180_000 });
  return JSON.parse(stdout) as Summary; // nothing else is on stdout
}

let overPg: Summary;
let overNeon: Summary;
let overPostgresJs: Summary;

beforeAll(async () => {
  [overPg, overNeon] = await Promise.all([demo('--once'), demo('--neon')]);
  overPostgresJs = await demo('--postgres-js');
});

const served = (summary: Summary, route: string) =>
  Object.values(summary.requests[route] ?? {}).reduce((sum, count) => sum + count, 0);
const spansOf = (summary: Summary, name: string) => summary.spans[name]?.count;
const series = (summary: Summary, name: string) => summary.metrics[name]?.series ?? [];
const recorded = (summary: Summary, name: string) =>
  series(summary, name).reduce((sum, { count }) => sum + (count ?? 0), 0);

describe.each([
  { args: '', certainty: 'proven', summarized: () => overPg },
  // Another server may be behind the endpoint.
  { args: ' --neon', certainty: 'observed', summarized: () => overNeon },
])('npm run demo --$args --json', ({ certainty, summarized }) => {
  let summary: Summary;
  beforeAll(() => {
    summary = summarized();
  });

  it('serves every kind of request', () => {
    expect(summary.requests).toEqual({
      'GET /export': { 200: expect.any(Number) },
      'GET /product': { 200: expect.any(Number) },
      'GET /products': { 200: expect.any(Number) },
      'GET /reports/sales': { 200: expect.any(Number) },
      'GET /search': { 200: expect.any(Number) },
      'POST /customers': { 201: expect.any(Number), 409: expect.any(Number) },
      'POST /orders': { 201: expect.any(Number) },
    });
  });

  it('names spans by what the shop did', () => {
    const browsing = ['GET /export', 'GET /product', 'GET /products', 'GET /search'].map((route) =>
      served(summary, route),
    );
    expect(spansOf(summary, 'SELECT products')).toBe(browsing.reduce((sum, count) => sum + count, 0));
    expect(spansOf(summary, 'SELECT order_items products')).toBe(served(summary, 'GET /reports/sales'));
    expect(spansOf(summary, 'INSERT customers')).toBe(served(summary, 'POST /customers'));
  });

  it('shows a request as one trace: it waits for a connection, which is opened, and sends its query', () => {
    expect(summary.trace).toEqual(['acquire', 'connect', 'query', 'request']);
  });

  it('marks the failed statements: spans, durations and events', () => {
    const refused = summary.requests['POST /customers']?.[409];
    expect(summary.server.failedStatements).toBe(refused);
    const failed = Object.entries(summary.spans).filter(([, { errors }]) => errors > 0);
    expect(failed).toEqual([['INSERT customers', expect.objectContaining({ errors: refused })]]);
    const failures = series(summary, 'db.client.operation.duration').filter(
      ({ attributes }) => attributes['error.type'],
    );
    expect(failures).toEqual([
      {
        attributes: expect.objectContaining({ 'error.type': '23505', 'db.response.status_code': '23505' }),
        count: refused,
        sum: expect.any(Number),
      },
    ]);
    expect(summary.events['db.client.operation.exception']).toBe(refused);
  });

  it('shows the report as slower than five seconds', () => {
    expect(summary.spans['SELECT order_items products']?.meanMillis).toBeGreaterThan(5_000);
  });

  it('receives events of the report at both thresholds before it ends, and why it is slow', () => {
    const report = summary.slow.find(({ name }) => name === 'SELECT order_items products');
    expect(report).toEqual({
      name: 'SELECT order_items products',
      kind: 'query',
      tookMillis: expect.any(Number),
      diagnosis: { kinds: ['wait'], certainty, reason: 'sleeps in pg_sleep, which it calls' },
      warnings: [1, 5].map((limitSeconds) => ({
        limitSeconds,
        afterCrossingMillis: expect.any(Number),
        beforeEndMillis: expect.any(Number),
      })),
    });
    const leads = report?.warnings.map(({ beforeEndMillis }) => beforeEndMillis) ?? [];
    expect(Math.min(...leads)).toBeGreaterThan(0);
  });

  it('shows the pool at its limit, with requests that wait', () => {
    expect(summary.pool).toMatchObject({ limit: 4, mostUsed: 4, highestUtilization: 1 });
    expect(summary.pool.mostWaiting).toBeGreaterThan(0);
    expect(summary.pool.meanWaitMillis).toBeGreaterThan(0);
  });
});

describe('npm run demo', () => {
  it('has a span for each statement and connection that Postgres counted, and no other', () => {
    const { statements, connections } = overPg.server;
    expect(overPg.traced).toEqual({ statements, connections });
  });

  it('has the duration of each statement that Postgres counted', () => {
    expect(recorded(overPg, 'db.client.operation.duration')).toBe(overPg.server.statements);
  });

  it('has a span for each step of an order', () => {
    for (const step of ['BEGIN', 'INSERT orders', 'COMMIT'])
      expect(spansOf(overPg, step)).toBe(served(overPg, 'POST /orders'));
    expect(spansOf(overPg, 'INSERT order_items')).toBe(spansOf(overPg, 'UPDATE products'));
  });

  it('has the setup phases of each connection', () => {
    expect(overPg.setup.connections).toBe(overPg.server.connections);
    expect(Object.keys(overPg.setup.phaseMeanMillis)).toEqual(['tcp', 'startup', 'auth', 'ready']);
    expect(recorded(overPg, 'pg_otel.connection.setup.duration')).toBe(4 * overPg.server.connections);
  });

  it('shows nothing that only Neon has', () => {
    expect(overPg).not.toHaveProperty('http');
    expect(overPg).not.toHaveProperty('endpoint');
  });
});

describe('npm run demo -- --neon', () => {
  it('has a span for each statement that Postgres counted, and each request and WebSocket that the endpoint counted', () => {
    expect(overNeon.traced.statements).toBe(overNeon.server.statements);
    expect(overNeon.endpoint?.requests).toBe(overNeon.http?.requests);
    // The others ask why the report is slow, at each threshold.
    const questions = (overNeon.endpoint?.webSockets ?? 0) - overNeon.traced.connections;
    expect([1, 2]).toContain(questions);
  });

  it('has one duration for each batch, and one for each other statement', () => {
    const { batches = 0, batchedStatements = 0 } = overNeon.http ?? {};
    const operations = overNeon.traced.statements - batchedStatements + batches;
    expect(recorded(overNeon, 'db.client.operation.duration')).toBe(operations);
  });

  it('has one request for each order and each product that is looked at', () => {
    const orders = served(overNeon, 'POST /orders');
    const browsing = served(overNeon, 'GET /product') + served(overNeon, 'GET /products');
    expect(spansOf(overNeon, 'BATCH')).toBe(orders);
    expect(overNeon.http).toMatchObject({ requests: orders + browsing, batches: orders });
  });

  it('shows where the time of the requests went', () => {
    expect(overNeon.http?.partMeanMillis).toEqual({
      connect: expect.any(Number),
      server: expect.any(Number),
      read: expect.any(Number),
    });
    expect(overNeon.http?.connectionsOpened).toBeLessThan(overNeon.http?.requests ?? 0);
  });

  it('has the setup phases of each WebSocket', () => {
    const phases = ['tcp', 'websocket', 'startup', 'auth', 'ready'];
    expect(overNeon.setup.connections).toBe(overNeon.traced.connections);
    expect(Object.keys(overNeon.setup.phaseMeanMillis)).toEqual(phases);
    expect(recorded(overNeon, 'pg_otel.connection.setup.duration')).toBe(
      phases.length * overNeon.traced.connections,
    );
  });
});

describe('npm run demo -- --postgres-js', () => {
  it('has a span and a duration for each statement that Postgres counted, and a span for each connection', () => {
    const { statements, connections } = overPostgresJs.server;
    expect(overPostgresJs.traced).toEqual({ statements, connections });
    expect(recorded(overPostgresJs, 'db.client.operation.duration')).toBe(statements);
  });

  it('receives why the report is slow before it ends', () => {
    const report = overPostgresJs.slow.find(({ name }) => name === 'SELECT order_items products');
    expect(report?.diagnosis).toEqual({
      kinds: ['wait'],
      certainty: 'proven',
      reason: 'sleeps in pg_sleep, which it calls',
    });
  });

  it('has a span for each step of an order', () => {
    for (const step of ['begin', 'INSERT orders', 'commit'])
      expect(spansOf(overPostgresJs, step)).toBe(served(overPostgresJs, 'POST /orders'));
  });

  it('shows a request as one trace, and the pool', () => {
    expect(overPostgresJs.trace).toEqual(['acquire', 'connect', 'query', 'request']);
    expect(overPostgresJs.pool).toMatchObject({ limit: 4, mostUsed: 4, highestUtilization: 1 });
  });

  it('has the setup phases of each connection', () => {
    const { connections } = overPostgresJs.server;
    expect(Object.keys(overPostgresJs.setup.phaseMeanMillis)).toEqual(['tcp', 'startup', 'auth', 'ready']);
    expect(recorded(overPostgresJs, 'pg_otel.connection.setup.duration')).toBe(4 * connections);
  });
});

it('names the accepted arguments when it gets another one', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [program, '--noen']).catch((error) => error);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^The demo does not know "--noen"; it accepts --neon, --postgres-js, --outage, --blocked, --once, --json, --help\.\n\nnpm run demo/,
  );
});
