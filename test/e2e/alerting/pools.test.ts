import { pollUntil } from '@pg-otel/testkit';
import { describeWith } from '../stage';
import { type Chain, startChain } from './chain';

/** What Prometheus tells: levels that hold for a while, and shares. */
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
    expect(chain.toldTo('pager', rule)).toEqual([]);
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

  it('a pool that is full while Prometheus is killed is told when it is back', async () => {
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

  it('too few fast queries and connections are told, and what is slow once more by the backstop', async () => {
    chain = await startChain({
      prometheus: '3',
      // Each connection takes a second more.
      settings: { post_auth_delay: 1 },
      changes: [['window: 5m, for: 5m', 'window: 1m, for: 5s']],
      // Nothing of what it tells by events arrives: then Prometheus is heard.
      env: { PG_OTEL_BRIDGE_ENDPOINT: 'http://127.0.0.1:1' },
    });
    const application = chain.run(`
      const pool = new pg.Pool({ max: 5 });
      await pool.query('CREATE FUNCTION slowly() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(0.2) $$');
      const connect = async () => {
        const client = new pg.Client();
        await client.connect();
        await client.end();
      };
      for (let round = 0; round < 60; round++) {
        await Promise.all([
          ...Array.from({ length: 3 }, () => pool.query('SELECT slowly()')),
          pool.query('SELECT pg_sleep(1.1)'),
          connect(),
          connect(),
        ]);
        await pool.query('SELECT 1');
      }
      await pool.end();`);
    const target = await chain.waitFor(
      'chat',
      { alertname: 'PostgresQueryTarget', signal: 'metrics' },
      { timeoutMillis: 150_000 },
    );
    expect(target.annotations['summary']).toMatch(/^Less than 95 % of /);
    await chain.waitFor('chat', { alertname: 'PostgresConnectionTarget' }, { timeoutMillis: 150_000 });
    const slow = await chain.waitFor('chat', { alertname: 'PostgresQuerySlow' }, { timeoutMillis: 150_000 });
    expect(slow.labels).toMatchObject({ signal: 'metrics', db_query_summary: 'SELECT' });
    await application.stop();
  });

  it.each(['2', '3'] as const)('numbers of processes and threads add up: Prometheus %s', async (version) => {
    chain = await startChain({ prometheus: version });
    const body = `
      const { Worker, isMainThread } = require('node:worker_threads');
      const work = "const pg = require('pg'); const pool = new pg.Pool({ max: 2 });" +
        "(async () => { for (let i = 0; i < 7; i++) await pool.query('SELECT 1');" +
        "setTimeout(() => pool.end(), 60000); })();";
      new Worker(work, { eval: true });
      const pool = new pg.Pool({ max: 3 });
      for (let i = 0; i < 5; i++) await pool.query('SELECT 1');
      say({ done: true });
      await sleep(100_000);`;
    const applications = [chain.run(body), chain.run(body)];
    await Promise.all(applications.map((application) => application.waitForOutput('done')));
    const value = async (promql: string) => (await chain.prometheus.query(promql))[0]?.value;
    await pollUntil(
      async () =>
        (await value('sum(db_client_operation_duration_seconds_count{service_name="shop"})')) === 24 &&
        (await value('sum(db_client_connection_limit{service_name="shop"})')) === 10,
      60_000,
    );
    expect(await value('count(count by (instance) (db_client_connection_limit{service_name="shop"}))')).toBe(
      4,
    );
    await Promise.all(applications.map((application) => application.stop()));
  });
});
