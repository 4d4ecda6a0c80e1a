import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Pool } from 'pg';
import { type Managed, managed, openConnections, PATIENT, published, skipMillis } from './managed';

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

const STARTING = { code: '57P03', message: 'the database system is starting up', severity: 'FATAL' };

/** Crashes the server, and holds it in the recovery after it. @returns what ends the recovery */
async function crashIntoRecovery(): Promise<() => Promise<void>> {
  await postgres.crash();
  const endRecovery = await postgres.restartInRecovery();
  await pollUntil(async () => (await current.manager.checkNow()).lastErrorType === STARTING.code);
  return endRecovery;
}

it('a request to a server that starts up waits until it is ready, and is executed once', async () => {
  const config = { connectionString: postgres.url };
  current = managed(config, { fleet: false, retry: PATIENT });
  const { pool, manager } = current;
  await pool.query('create table orders (id int)');
  await openConnections(pool, 2);
  await pollUntil(async () => manager.health.state === 'up');

  const endRecovery = await crashIntoRecovery();
  skipMillis(5_000); // the successes before the crash count no more
  await pollUntil(async () => manager.health.state === 'down');
  const retries = published('retry');
  const ordered = pool.query('insert into orders values (1)');
  await pollUntil(async () => retries.messages.length > 1);
  await endRecovery();
  await ordered;
  retries.stop();
  const outcomes = new Set(retries.messages.map(({ outcome, errorType }) => `${outcome} ${errorType}`));
  expect(outcomes).toEqual(new Set(['retried 57P03', 'recovered 57P03']));
  expect((await pool.query('select count(*)::int from orders')).rows).toEqual([{ count: 1 }]);

  skipMillis(5_000);
  await pollUntil(async () => manager.health.state === 'up' && manager.statistics.recoveries > 0);
  expect(manager.statistics).toMatchObject({ recoveredRequests: 1, givenUpRequests: 0 });
  const states = manager.history.flatMap((entry) => (entry.kind === 'health' ? [entry.state] : []));
  // The time that was skipped may also end the failures before it.
  expect(states.filter((state) => state !== 'degraded').slice(-2)).toEqual(['down', 'up']);
});

it('without retry, a request to a server that starts up fails as with a bare pool', async () => {
  const config = { connectionString: postgres.url };
  current = managed(config, { fleet: false });
  const bare = new Pool(config);
  const endRecovery = await crashIntoRecovery();
  const failures = [];
  for (const pool of [current.pool, bare]) {
    failures.push(await pool.query('select 1').catch((error: unknown) => error));
  }
  expect(failures).toEqual([expect.objectContaining(STARTING), expect.objectContaining(STARTING)]);
  expect(current.manager.statistics.retriedAttempts).toBe(0);
  await endRecovery();
  expect((await current.pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await bare.end();
});
