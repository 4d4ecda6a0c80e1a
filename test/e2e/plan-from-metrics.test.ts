import path from 'node:path';
import { installationFolder, pollUntil, runFixture } from '@pg-otel/testkit';
import { startChain } from './alerting/chain';
import { describeWith } from './stage';

describeWith(
  'collector',
  'alertmanager',
  'prometheus-2',
  'prometheus-3',
)('pg-otel plan --from-metrics', () => {
  it.each(['2', '3'] as const)('plans from what Prometheus %s has scraped', async (version) => {
    const chain = await startChain({ prometheus: version });
    // Ten connections in use at a time, each for a fifth of a second: fifty checkouts a second.
    const application = chain.run(`
      const pool = new pg.Pool({ max: 20 });
      const use = async () => {
        for (;;) await pool.query('SELECT pg_sleep(0.2)');
      };
      await Promise.all(Array.from({ length: 10 }, use));`);
    await pollUntil(async () => {
      // Also at the beginning of the window that is looked at.
      const [rate] = await chain.prometheus.query(
        'sum(rate(db_client_connection_use_time_seconds_count[20s] offset 40s))',
      );
      return rate !== undefined && rate.value > 20;
    }, 120_000);
    const { stdout, stderr, code } = await runFixture({
      installation: 'otel-2',
      folder: installationFolder('otel-2'),
      command: [path.join(installationFolder('otel-2'), 'node_modules/pg-otel/dist/cli/main.js')],
      args: ['plan', '--json', '--from-metrics', chain.prometheus.url, '--window', '1m', '--step', '20s'],
      env: { NODE_ENV: 'production' },
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const { plan, measured } = JSON.parse(stdout);
    expect(measured).toMatchObject({ pool: 'shop', service: 'shop' });
    expect(measured.figures.processes).toBe(1);
    expect(plan.load.isUseTimeMeasured).toBe(true);
    // Ten in use, in the best of short steps, which Prometheus extrapolates from a few scrapes.
    expect(plan.load.useTimeSeconds).toBeGreaterThan(0.19);
    expect(plan.load.offeredLoad).toBeGreaterThan(4);
    expect(plan.load.offeredLoad).toBeLessThan(20);
    await application.stop();
  });
});
