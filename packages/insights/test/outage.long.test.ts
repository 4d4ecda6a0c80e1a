import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { managePool } from '@pg-otel/pool';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { type AllPerformanceData, createInsights, logTo, serveInsights } from '../src';

/** A managed pool whose server crashes and comes back. */
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
});
afterAll(() => postgres.stop());

it('an outage is in the health endpoint, the functions and the log, and so is its end', async () => {
  const instrumentation = new PostgresInstrumentation();
  instrument(pg);
  const insights = createInsights();
  const server = await serveInsights({ port: 0, insights });
  const logged: string[] = [];
  const log = (text: string) => void logged.push(text);
  const stopLogging = logTo({ info: log, warn: log, error: log });
  const pool = managePool(new pg.Pool({ connectionString: postgres.url, max: 2 }), {
    healthCheck: { intervalMillis: 1_000 },
  });
  pool.on('error', () => {});
  const read = async <Data>(endpoint: string): Promise<[number, Data]> => {
    const response = await fetch(server.url + endpoint);
    return [response.status, (await response.json()) as Data];
  };
  try {
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
    expect(await read('health')).toEqual([
      200,
      { isHealthy: true, pools: [expect.objectContaining({ state: 'up' })] },
    ]);

    await postgres.crash();
    await pollUntil(async () => (await read('health'))[0] === 503);
    expect(await read('health')).toEqual([
      503,
      {
        isHealthy: false,
        pools: [{ poolName: 'shop', state: 'down', since: expect.any(Number), errorType: 'ECONNREFUSED' }],
      },
    ]);

    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await postgres.restart();
    await pollUntil(async () => (await read('health'))[0] === 200);
    await pollUntil(async () => insights.getConnectionStats().recoveries.length > 0);
    const [, { connections, pools }] = await read<AllPerformanceData>('all');
    const states = connections.health[0]?.changes.map(({ state }) => state) ?? [];
    expect([states[0], states.includes('down')]).toEqual(['up', true]);
    expect(connections.recoveries[0]).toMatchObject({ poolName: 'shop', seconds: expect.any(Number) });
    expect(connections.failures).toContainEqual(expect.objectContaining({ errorType: 'ECONNREFUSED' }));
    expect(new Set(connections.history.map(({ kind }) => kind))).toEqual(
      new Set(['opened', 'closed', 'failed']),
    );
    expect(pools.pools[0]).toMatchObject({ poolName: 'shop', managed: { mode: 'act' } });
    await pollUntil(async () =>
      logged.some((line) => /^pg-otel: Pool shop recovered after [\d.]+ s/.test(line)),
    );
    const down =
      /^pg-otel: The health of pool shop is down after (a failure|\d+ failures in a row) \(ECONNREFUSED\)/;
    expect(logged.some((line) => down.test(line))).toBe(true);
  } finally {
    await pool.end();
    stopLogging();
    await server.close();
    insights.stop();
    instrumentation.disable();
  }
});
