import { pollUntil } from '@pg-otel/testkit';
import { describeWith } from '../stage';
import { type Chain, startChain } from './chain';

/** Levels that have to hold for a while. */
describeWith(
  'collector',
  'alertmanager',
  'prometheus-3',
)('with Prometheus', () => {
  let chain: Chain;

  it('a pool at 85 % is a warning, at 97 % critical, and both are resolved after', async () => {
    chain = await startChain({ prometheus: '3' });
    const rule = { alertname: 'PostgresPoolUtilization', signal: 'metrics', pool: 'shop' };
    const application = chain.run(
      `
      const pool = new pg.Pool({ max: 40 });
      const clients = await Promise.all(Array.from({ length: 34 }, () => pool.connect()));
      process.once('SIGUSR2', async () => {
        clients.push(...(await Promise.all(Array.from({ length: 5 }, () => pool.connect()))));
        say({ at97: true });
      });
      process.once('SIGUSR1', async () => {
        for (const client of clients) client.release();
        await sleep(180_000);
      });
      say({ at85: true });
      await sleep(270_000);`,
    );
    await application.waitForOutput('at85');
    const warning = await chain.waitFor('chat', rule, { timeoutMillis: 150_000 });
    expect(warning.labels).toEqual({
      ...rule,
      ...{ severity: 'warning', service_name: 'shop', deployment_environment_name: 'test' },
      ...{ server_address: chain.postgres.host, db_namespace: 'shop' },
    });
    expect(chain.notificationsTo('pager', rule)).toEqual([]);
    const almostFull = Date.now();
    application.kill('SIGUSR2');
    const critical = await chain.waitFor('pager', rule, { timeoutMillis: 90_000 });
    expect(critical.labels).toMatchObject({ severity: 'critical' });
    // The mission: within a minute. A generous cap, these machines are busy.
    expect(critical.receivedAt - almostFull).toBeLessThan(90_000);
    application.kill('SIGUSR1');
    await chain.waitFor('pager', rule, { status: 'resolved', timeoutMillis: 150_000 });
    await chain.waitFor('chat', rule, { status: 'resolved', timeoutMillis: 150_000 });
    await application.stop();
  });

  it('a pool that is full while Prometheus is killed alerts when it is back', async () => {
    chain = await startChain({ prometheus: '3' });
    const application = chain.run(`
      const pool = new pg.Pool({ max: 40 });
      await Promise.all(Array.from({ length: 39 }, () => pool.connect()));
      await sleep(270_000);`);
    await pollUntil(
      async () => (await chain.prometheus.alerts()).some(({ state }) => state === 'pending'),
      60_000,
    );
    await chain.prometheus.kill();
    await chain.prometheus.restart();
    const rule = { alertname: 'PostgresPoolUtilization', severity: 'critical' };
    await chain.waitFor('pager', rule, { timeoutMillis: 120_000 });
    await application.stop();
  });
});
