import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil, saidBy } from '@pg-otel/testkit';
import { describeWith } from '../stage';
import { type Chain, closedPort, startChain } from './chain';

const SLOW = { alertname: 'PostgresQuerySlow', signal: 'logs' };
const CRITICAL = { ...SLOW, severity: 'critical' };
const FAILED = { alertname: 'PostgresConnectionFailed', failure: 'refused' };

/** Ends by itself at 6.5 s, so its event is not repeated. */
const ONE_SHOT = `
  const pool = new pg.Pool({ max: 1 });
  await pool.query('SELECT pg_sleep(6.5)');
  await pool.end();`;
const HANGING = `
  const pool = new pg.Pool({ max: 1 });
  await pool.query('SELECT pg_sleep(200)');`;

describeWith('collector', 'alertmanager')('an outage', () => {
  let chain: Chain;
  const firings = (of: Readonly<Record<string, string>>) =>
    chain.notificationsTo('pager', of).filter(({ status }) => status === 'firing');

  it('of Alertmanager loses no alert of that time, and doubles none', async () => {
    chain = await startChain();
    await chain.alertmanager.kill();
    await saidByNobody(chain, ONE_SHOT);
    expect(firings(CRITICAL)).toEqual([]);
    await chain.alertmanager.restart();
    await chain.waitFor('pager', CRITICAL, { timeoutMillis: 40_000 });
    await sleep(12_000);
    expect(firings(CRITICAL)).toHaveLength(1);
  });

  it('of the bridge loses no alert of that time, and doubles none', async () => {
    chain = await startChain();
    await chain.bridge.kill();
    await saidByNobody(chain, ONE_SHOT);
    await chain.bridge.restart();
    await chain.waitFor('pager', CRITICAL, { timeoutMillis: 40_000 });
    await sleep(12_000);
    expect(firings(CRITICAL)).toHaveLength(1);
  });

  it('of the collector, killed with alerts in its queue, loses none of them', async () => {
    chain = await startChain();
    await chain.bridge.kill();
    const port = await closedPort();
    await saidByNobody(
      chain,
      `
      const pool = new pg.Pool({ max: 1, host: '127.0.0.1', port: ${port} });
      await pool.query('SELECT 1').catch(() => undefined);
      await pool.end();`,
    );
    await sleep(1_000);
    await chain.collector.kill();
    await chain.bridge.restart();
    await chain.collector.restart();
    await chain.waitFor('pager', FAILED, { timeoutMillis: 40_000 });
    await sleep(12_000);
    expect(firings(FAILED)).toHaveLength(1);
  });

  it('of Alertmanager, killed before it notified, is healed by what still runs', async () => {
    chain = await startChain();
    // A warning waits for 15 s, in which Alertmanager loses it.
    const application = chain.run(HANGING, {
      env: { PG_OTEL_REPEAT_INTERVAL: '5', PG_OTEL_SLOW_AFTER: '1' },
    });
    await waitUntilTaken(chain);
    await chain.alertmanager.kill();
    await chain.alertmanager.restart();
    await chain.waitFor('chat', { ...SLOW, severity: 'warning' }, { timeoutMillis: 60_000 });
    await application.stop();
  });

  it('longer than any retry loses nothing', async () => {
    chain = await startChain();
    await chain.alertmanager.kill();
    await saidByNobody(chain, ONE_SHOT);
    // Beyond the retries of an SDK's exporter and the usual five attempts.
    await sleep(45_000);
    await chain.alertmanager.restart();
    await chain.waitFor('pager', CRITICAL, { timeoutMillis: 60_000 });
  });
});

describeWith('collector', 'alertmanager')('a storm', () => {
  it('of 10,000 hanging queries is a handful of notifications, critical among them', async () => {
    const chain = await startChain();
    const application = chain.run(
      `
      const client = new pg.Client();
      await client.connect();
      const stand = client.query('SELECT pg_sleep(30)');
      const waiting = Array.from({ length: 10_000 }, (_, i) => client.query('SELECT ' + i + ' FROM pg_class LIMIT 0'));
      await Promise.all([stand, ...waiting]);
      await client.end();`,
      // Notified again while it lasts: not all queries have crossed the threshold at the first notification.
      { env: { PG_OTEL_REPEAT_INTERVAL: '2' } },
    );
    await chain.waitFor('pager', CRITICAL, { timeoutMillis: 40_000 });
    await pollUntil(async () => {
      const alerts = await chain.alertmanager.alerts();
      return alerts.some(
        ({ labels, annotations }) =>
          labels['severity'] === 'critical' &&
          labels['db_query_summary'] === 'SELECT pg_class' &&
          annotations['running'] === '10000',
      );
    }, 30_000);
    await application.ended;
    await sleep(12_000);
    const pages = chain.receiver.notifications.filter(({ path }) => path === '/pager');
    expect(pages.length).toBeLessThanOrEqual(5);
    const summaries = chain
      .notificationsTo('pager', CRITICAL)
      .map(({ labels }) => labels['db_query_summary']);
    expect([...new Set(summaries)].sort()).toEqual(['SELECT', 'SELECT pg_class']);
  });

  it('of 10,000 refused connections is a handful of notifications', async () => {
    const chain = await startChain();
    const port = await closedPort();
    const application = chain.run(`
      for (let round = 0; round < 100; round++) {
        await Promise.all(Array.from({ length: 100 }, async () => {
          const client = new pg.Client({ host: '127.0.0.1', port: ${port} });
          client.on('error', () => undefined);
          await client.connect().catch(() => undefined);
        }));
      }
      say({ done: true });
      await sleep(15_000);`);
    await chain.waitFor('pager', FAILED, { timeoutMillis: 60_000 });
    await saidBy(application);
    const pages = chain.receiver.notifications.filter(({ path }) => path === '/pager');
    expect(pages.length).toBeLessThanOrEqual(5);
  });
});

/** Runs an application to its end. */
async function saidByNobody(chain: Chain, body: string): Promise<void> {
  const { code, stderr } = await chain.run(body).ended;
  if (code !== 0) throw new Error(`The application ended with ${code}:\n${stderr}`);
}

/** Until Alertmanager has an alert. */
async function waitUntilTaken(chain: Chain): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await chain.alertmanager.alerts()).length > 0) return;
    await sleep(100);
  }
  throw new Error('Alertmanager got no alert');
}
