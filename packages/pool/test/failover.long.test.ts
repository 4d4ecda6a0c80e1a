import dns from 'node:dns';
import { once } from 'node:events';
import * as net from 'node:net';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { startFaultyNetwork } from './faulty-network';
import { type Managed, managed, openConnections, PATIENT } from './managed';

let postgres: PostgresServer;
let current: Managed;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await current.end();
});
afterAll(() => postgres.stop());

it('after a failover by DNS, connections are opened to the new address of the same name', async () => {
  let address = '127.0.0.1';
  const lookup = dns.lookup as (name: string, ...args: unknown[]) => void;
  const found = (name: string, ...args: unknown[]) => lookup(name === 'db.example' ? address : name, ...args);
  jest.spyOn(dns, 'lookup').mockImplementation(found as never);
  const primary = await startFaultyNetwork(postgres.port);
  let reached = 0;
  const standby = net.createServer((client) => {
    reached += 1;
    const server = net.connect(postgres.port, postgres.host);
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  await once(standby.listen(primary.port, '127.0.0.2'), 'listening');
  const { user, password, database } = postgres;
  current = managed({ host: 'db.example', port: primary.port, user, password, database }, { fleet: false });
  const { pool, manager } = current;
  await openConnections(pool, 3);
  await pollUntil(async () => manager.size.load?.total === 3);
  expect(reached).toBe(0);

  address = '127.0.0.2';
  await primary.stop();
  // No request uses the pool: the manager alone opens the connections again.
  await pollUntil(async () => manager.statistics.reopenedConnections === 3 && manager.health.state === 'up');
  // One more attempt showed that the server works.
  expect(reached).toBeGreaterThanOrEqual(4);
  expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await current.end();
  standby.close();
});

it('a request to a server that shuts down waits until it runs again', async () => {
  const config = { connectionString: postgres.url };
  current = managed(config, { fleet: false, retry: PATIENT });
  const { pool, manager } = current;
  const open = await pool.connect();
  // Smart shutdown: open connections stay until they end, and new ones are refused (57P03).
  process.kill(postgres.pid, 'SIGTERM');
  await pollUntil(async () => (await manager.checkNow()).lastErrorType === '57P03');

  const waiting = pool.query('select 1 as n');
  await pollUntil(async () => manager.statistics.retriedAttempts > 0);
  expect((await open.query('select 2 as n')).rows).toEqual([{ n: 2 }]);
  // Closed: the request would get it, and may send its statement on it just before the crash.
  open.release(true);
  await postgres.crash();
  await postgres.restart();
  expect((await waiting).rows).toEqual([{ n: 1 }]);
  await pollUntil(async () => manager.health.state === 'up');
});
