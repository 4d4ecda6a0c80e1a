import { pollUntil } from '@pg-otel/testkit';
import { describeWith } from '../stage';
import { type Chain, startChain } from './chain';

/** What Prometheus counts over all processes: shares, and the backstop of log events. */
describeWith(
  'collector',
  'alertmanager',
  'prometheus-2',
  'prometheus-3',
)('with Prometheus', () => {
  let chain: Chain;

  it('alerts on too few fast queries and connections, and on slow queries by the backstop', async () => {
    chain = await startChain({
      prometheus: '3',
      // Each connection takes a second more.
      settings: { post_auth_delay: 1 },
      changes: [['window: 5m, for: 5m', 'window: 1m, for: 5s']],
      // No log event arrives, so no alert of an event inhibits the backstop.
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
