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
    readonly warnings: { limitSeconds: number; afterCrossingMillis: number; beforeEndMillis: number }[];
  }[];
  readonly metrics: Record<
    string,
    {
      unit: string;
      series: { attributes: Record<string, unknown>; count?: number; sum?: number; value?: number }[];
    }
  >;
  readonly pool: {
    limit: number;
    mostUsed: number;
    mostWaiting: number;
    highestUtilization: number;
    requests: number;
    meanWaitMillis: number;
  };
  readonly setup: { connections: number; phaseMeanMillis: Record<string, number> };
  readonly told: { statements: number; connections: number };
  readonly server: { statements: number; failedStatements: number; connections: number };
}

describe('npm run demo -- --once --json', () => {
  let summary: Summary;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [path.join(repository, 'scripts/demo.mjs'), '--once', '--json'],
      { timeout: 60_000 },
    );
    summary = JSON.parse(stdout) as Summary; // nothing else is on stdout
  });

  const served = (route: string) =>
    Object.values(summary.requests[route] ?? {}).reduce((sum, count) => sum + count, 0);
  const spansOf = (name: string) => summary.spans[name]?.count;
  const series = (name: string) => summary.metrics[name]?.series ?? [];
  const recorded = (name: string) => series(name).reduce((sum, { count }) => sum + (count ?? 0), 0);

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

  it('has a span for each statement and connection that Postgres counted, and no other', () => {
    const { statements, connections } = summary.server;
    expect(summary.told).toEqual({ statements, connections });
  });

  it('has the duration of each statement that Postgres counted', () => {
    expect(recorded('db.client.operation.duration')).toBe(summary.server.statements);
  });

  it('names spans by what the shop did', () => {
    const browsing = ['GET /export', 'GET /product', 'GET /products', 'GET /search'].map(served);
    expect(spansOf('SELECT products')).toBe(browsing.reduce((sum, count) => sum + count, 0));
    expect(spansOf('SELECT order_items products')).toBe(served('GET /reports/sales'));
    expect(spansOf('INSERT customers')).toBe(served('POST /customers'));
    for (const step of ['BEGIN', 'INSERT orders', 'COMMIT'])
      expect(spansOf(step)).toBe(served('POST /orders'));
    expect(spansOf('INSERT order_items')).toBe(spansOf('UPDATE products'));
  });

  it('marks the failed statements: spans, durations and events', () => {
    const refused = summary.requests['POST /customers']?.[409];
    expect(summary.server.failedStatements).toBe(refused);
    const failed = Object.entries(summary.spans).filter(([, { errors }]) => errors > 0);
    expect(failed).toEqual([['INSERT customers', expect.objectContaining({ errors: refused })]]);
    const failures = series('db.client.operation.duration').filter(
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

  it('is told of the report at both limits before it ends', () => {
    const report = summary.slow.find(({ name }) => name === 'SELECT order_items products');
    expect(report).toEqual({
      name: 'SELECT order_items products',
      kind: 'query',
      tookMillis: expect.any(Number),
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

  it('has the setup phases of each connection', () => {
    expect(summary.setup.connections).toBe(summary.server.connections);
    expect(Object.keys(summary.setup.phaseMeanMillis)).toEqual(['tcp', 'startup', 'auth', 'ready']);
    expect(recorded('pg_otel.connection.setup.duration')).toBe(4 * summary.server.connections);
  });
});
