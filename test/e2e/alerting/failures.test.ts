import { describeWith } from '../stage';
import { type Chain, closedPort, startChain } from './chain';

describeWith('collector', 'alertmanager')('a connection that fails', () => {
  let chain: Chain;
  beforeEach(async () => {
    chain = await startChain();
  });

  it('alerts by the kind of failure', async () => {
    chain.run(`
      const failing = async (options) => {
        const pool = new pg.Pool({ max: 1, ...options });
        await pool.query('SELECT 1').catch(() => undefined);
        await pool.end();
      };
      await failing({ host: '127.0.0.1', port: ${await closedPort()} });
      await failing({ password: 'wrong' });
      await sleep(1000);`);
    const of = (failure: string) => ({ alertname: 'PostgresConnectionFailed', signal: 'logs', failure });
    const refused = await chain.waitFor('pager', of('refused'));
    const authentication = await chain.waitFor('pager', of('authentication'));
    for (const [alert, failure, type] of [
      [refused, 'refused', 'ECONNREFUSED'],
      [authentication, 'authentication', '28P01'],
    ] as const) {
      expect(alert.labels).toEqual({
        ...of(failure),
        ...{ severity: 'critical', service_name: 'shop', deployment_environment_name: 'test' },
        ...{ server_address: '127.0.0.1', db_namespace: 'shop', pool: expect.stringMatching(/^shop(#2)?$/) },
      });
      expect(alert.annotations).toMatchObject({ error_type: type });
    }
    const everything = JSON.stringify(chain.receiver.notifications);
    expect(everything).not.toContain('wrong');
    expect(everything).not.toContain(chain.postgres.password);
  });

  it('once while others succeed pages nobody: it takes three within a minute', async () => {
    chain.run(`
      const pool = new pg.Pool({ max: 1 });
      for (let failures = 0; failures < 3; failures++) {
        await pool.query('SELECT 1');
        await new pg.Client({ password: 'wrong' }).connect().catch(() => undefined);
      }
      await sleep(1000);
      await pool.end();`);
    const alert = await chain.waitFor('pager', { failure: 'authentication' });
    // The third failure fired the alert, the first two did not.
    expect(alert.annotations).toMatchObject({ failures: '3', answered: 'true' });
    expect(chain.notificationsTo('pager', { failure: 'authentication' })).toHaveLength(1);
  });

  it('because of too many connections alerts as too_many', async () => {
    chain.run(`
      const clients = [];
      for (let refused = 0; refused < 3; ) {
        const client = new pg.Client();
        client.on('error', () => undefined);
        await client.connect().then(() => clients.push(client), () => refused++);
      }
      await Promise.all(clients.map((client) => client.end()));
      await sleep(1000);`);
    const alert = await chain.waitFor('pager', { failure: 'too_many' });
    expect(alert.annotations).toMatchObject({ error_type: '53300' });
  });
});
