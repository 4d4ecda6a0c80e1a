import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import type { HistoryEntry } from '../src';
import { backends, type Managed, managed, openConnections, published, skipMillis } from './managed';

let postgres: PostgresServer;
let admin: Client;
let current: Managed;

beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: 12 });
});
beforeEach(async () => {
  admin = new Client({ connectionString: postgres.url, application_name: 'admin' });
  admin.on('error', () => {});
  await admin.connect();
});
afterEach(async () => {
  await current.end();
  await admin.end();
});
afterAll(() => postgres.stop());

const kill = (pids: readonly number[]) =>
  admin.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);

const summary = (history: readonly HistoryEntry[]) =>
  history.map((entry) => (entry.kind === 'health' ? entry.state : entry.kind));

it('a killed connection is replaced, and the pool is healthy throughout', async () => {
  const recoveries = published('poolRecovery');
  current = managed({ connectionString: postgres.url });
  const { pool, manager, errors } = current;
  await openConnections(pool, 3);
  const [killed] = await backends(pool);
  await kill([killed as number]);
  await pollUntil(async () => manager.statistics.recoveries === 1);
  recoveries.stop();

  expect(pool.idleCount).toBe(3);
  expect(manager.statistics).toMatchObject({ lostConnections: 1, reopenedConnections: 1 });
  expect(summary(manager.history)).toEqual(['up', 'recovery']);
  expect(recoveries.messages).toEqual([
    expect.objectContaining({ poolName: 'app', connections: 1, durationSeconds: expect.any(Number) }),
  ]);
  // As without a manager.
  expect(errors).toEqual(['terminating connection due to administrator command']);
});

it('after a crash of the server, the connections are open again when it is back', async () => {
  const changes = published('poolHealth');
  current = managed({ connectionString: postgres.url });
  const { pool, manager, errors } = current;
  await openConnections(pool, 4);
  const before = await backends(pool);
  await postgres.crash();
  skipMillis(5_000); // the successes before the crash count no more
  await pollUntil(async () => manager.health.state === 'down');
  expect(manager.health).toMatchObject({ lastErrorType: 'ECONNREFUSED' });
  expect(pool.totalCount).toBe(0);
  await expect(pool.query('SELECT 1')).rejects.toThrow('ECONNREFUSED');

  await postgres.restart();
  await pollUntil(async () => pool.idleCount === 4);
  skipMillis(5_000);
  await pollUntil(async () => manager.health.state === 'up');
  changes.stop();
  expect(await backends(pool)).not.toEqual(before);
  expect(errors).toHaveLength(4);
  expect(manager.statistics).toMatchObject({ lostConnections: 4, recoveries: 1, reopenedConnections: 4 });
  expect(changes.messages.map(({ state }) => state)).toEqual(
    // The share of the small server may lower the size meanwhile.
    summary(manager.history.filter(({ kind }) => kind === 'health')),
  );
  expect(changes.messages.at(-1)).toMatchObject({ state: 'up', errorType: undefined });
});

it('failed connection attempts of the application are noticed without any event of the pool', async () => {
  current = managed({ connectionString: postgres.url, max: 20 });
  const { pool, manager } = current;
  await openConnections(pool, 1);
  const others = Array.from({ length: 20 }, () => new Client({ connectionString: postgres.url }));
  for (const other of others) other.on('error', () => {});
  await Promise.allSettled(others.map((other) => other.connect()));
  const held = await pool.connect();
  try {
    const attempt = () => pool.connect().then((client) => client.release());
    await pollUntil(async () => {
      await attempt().catch(() => {});
      return manager.health.state === 'degraded';
    });
    expect(manager.health.lastErrorType).toBe('53300');
  } finally {
    held.release();
    await Promise.allSettled(others.map((other) => other.end()));
  }
  await pollUntil(async () => {
    skipMillis(1_000);
    await pool.query('SELECT 1').catch(() => {});
    return manager.health.state === 'up';
  });
});

it('a pool that only advises checks whether the server is back, and opens no connection', async () => {
  current = managed({ connectionString: postgres.url }, { mode: 'advise' });
  const { pool, manager } = current;
  const before = await sessions(admin);
  await openConnections(pool, 2);
  await pollUntil(async () => (await sessions(admin)) >= before + 2);
  await kill(await backends(pool));
  await pollUntil(async () => pool.totalCount === 0);
  await pollUntil(async () => (await sessions(admin)) > before + 2);
  expect(pool.totalCount).toBe(0);
  expect(manager.health.state).toBe('up');
});

it('connections that the server closes while nobody uses the pool stay closed', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  await openConnections(pool, 2);
  const pids = await backends(pool);
  // One tick takes note of the use, and then the pool is idle for a minute.
  await pollUntil(async () => manager.health.state === 'up');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  skipMillis(60_000);
  await kill(pids);
  await pollUntil(async () => manager.statistics.lostConnections === 2);
  const other = managed({ connectionString: postgres.url });
  await openConnections(other.pool, 1);
  await kill(await backends(other.pool));
  await pollUntil(async () => other.manager.statistics.recoveries === 1);
  await other.end();
  expect(pool.totalCount).toBe(0);
});

/** The sessions that the server has had so far. */
async function sessions(client: Client): Promise<number> {
  const { rows } = await client.query(
    'SELECT sessions FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0].sessions);
}
