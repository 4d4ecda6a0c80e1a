import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import type { PoolManager } from '../src';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network';
import { type Managed, managed } from './managed';
import { startWorkload, type Workload } from './workload';

const MAX_CONNECTIONS = 20;
const CALLERS = 6;
const OF_POOL = `application_name LIKE 'faults%' AND backend_type = 'client backend'`;
const KILL = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OF_POOL}`;

let primary: PostgresServer;
let standby: PostgresServer;
let network: FaultyNetwork;
let current: Managed;
/** Where `npm run bench:pool -- --only faults` gets the table of docs/explanation/pool-faults.md. */
const FIGURES = process.env['FAULT_FIGURES'];
/** How long a fault lasts. When nothing is measured, it only has to outlast the timeouts of the pool. */
const seconds = (published: number) => (FIGURES === undefined ? 3 : published);
/** A row for each fault. */
const figures: string[] = [];

beforeAll(async () => {
  [primary, standby] = await Promise.all([
    startPostgres({ maxConnections: MAX_CONNECTIONS }),
    startPostgres({ maxConnections: MAX_CONNECTIONS }),
  ]);
  for (const server of [primary, standby]) await ask(server, 'CREATE TABLE ledger (id int)');
  network = await startFaultyNetwork(primary.port);
});
afterEach(async () => {
  await current.end();
  network.target = primary.port;
});
afterAll(async () => {
  await network.stop();
  await Promise.all([primary.stop(), standby.stop()]);
  if (FIGURES === undefined) return;
  const head = [
    '| fault | failed requests | within | repeated attempts | longest recovery |',
    '|---|---|---|---|---|',
  ];
  writeFileSync(FIGURES, [...head, ...figures].join('\n'));
});

/** A connection to a server that bypasses the network. */
async function connected(server: PostgresServer): Promise<Client> {
  const client = new Client({ connectionString: server.url, application_name: 'test' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function ask(server: PostgresServer, text: string): Promise<Record<string, unknown>[]> {
  const client = await connected(server);
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Each fault is over when its function returns. */
const FAULTS: [fault: string, cause: () => Promise<void>][] = [
  [
    'backends killed one by one',
    async () => {
      for (let killed = 0; killed < CALLERS; killed++) {
        await ask(primary, `${KILL} ORDER BY backend_start LIMIT 1`);
        await sleep(200);
      }
    },
  ],
  ['all backends killed at once', async () => void (await ask(primary, KILL))],
  [
    'server restarted (immediate)',
    async () => {
      await primary.crash();
      await primary.restart();
    },
  ],
  [
    `connections refused for ${seconds(20)} s`,
    async () => {
      await primary.crash();
      await sleep(seconds(20) * 1_000);
      await primary.restart();
    },
  ],
  [
    `server starting up for ${seconds(5)} s (57P03)`,
    async () => {
      await primary.crash();
      const recover = await primary.restartInRecovery();
      await sleep(seconds(5) * 1_000);
      await recover();
    },
  ],
  [
    `server frozen for ${seconds(10)} s (SIGSTOP)`,
    async () => {
      const thaw = primary.freeze();
      await sleep(seconds(10) * 1_000);
      thaw();
    },
  ],
  [
    `password changed for ${seconds(5)} s, backends killed`,
    async () => {
      const client = await connected(primary);
      await client.query(`ALTER ROLE app PASSWORD 'other'`);
      await client.query(KILL);
      await sleep(seconds(5) * 1_000);
      await client.query(`ALTER ROLE app PASSWORD '${primary.password}'`);
      await client.end();
    },
  ],
  [
    `max_connections reached for ${seconds(5)} s, backends killed`,
    async () => {
      const client = await connected(primary);
      const others: Client[] = [];
      const occupy = () => connected(primary).then((other) => others.push(other));
      const until = Date.now() + seconds(5) * 1_000;
      while (Date.now() < until) {
        // The pool opens connections again, too: who is faster varies.
        await client.query(KILL);
        await Promise.allSettled(Array.from({ length: 10 }, occupy));
      }
      expect(others.length).toBeGreaterThan(MAX_CONNECTIONS - 5);
      await Promise.all([client, ...others].map((other) => other.end()));
    },
  ],
  ['network resets all connections', async () => network.reset()],
  ['network loses what is sent on open connections', async () => network.drop()],
  [
    `network stalls for ${seconds(10)} s`,
    async () => {
      const goOn = network.stall();
      await sleep(seconds(10) * 1_000);
      goOn();
    },
  ],
  [
    'failover to another server of the same address',
    async () => {
      network.target = standby.port;
      network.reset();
    },
  ],
];

it.each(FAULTS)('%s', async (fault, cause) => {
  const { user, password, database } = primary;
  current = managed(
    {
      host: '127.0.0.1',
      port: network.port,
      user,
      password,
      database,
      application_name: 'faults',
      max: 10,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
    },
    { retry: true, healthCheck: { intervalMillis: 1_000, timeoutMillis: 1_000 } },
  );
  const { pool, manager } = current;
  const workload = startWorkload(pool, CALLERS);
  await pollUntil(async () => workload.succeeded.size > 100 && manager.health.state === 'up');
  // The manager has seen the connections.
  await pollUntil(async () => manager.size.load?.total === pool.totalCount && pool.totalCount > 0);

  await cause();

  const { size } = workload.succeeded;
  await pollUntil(async () => workload.succeeded.size > size + 100 && manager.health.state === 'up');
  await workload.stop();

  // Every request has ended, none that succeeded is missing, and none was executed twice.
  const written = new Map<number, number>();
  for (const server of [primary, standby]) {
    for (const { id, times } of await ask(
      server,
      'SELECT id, count(*)::int AS times FROM ledger GROUP BY id',
    )) {
      written.set(id as number, (written.get(id as number) ?? 0) + (times as number));
    }
  }
  expect([...workload.succeeded].filter((id) => written.get(id) !== 1)).toEqual([]);
  expect([...written.values()].filter((times) => times > 1)).toEqual([]);

  // No connection is leaked, in the pool or on the server.
  expect(pool.waitingCount).toBe(0);
  expect(pool.idleCount).toBe(pool.totalCount);
  const server = network.target === standby.port ? standby : primary;
  await pollUntil(async () => {
    const [row] = await ask(server, `SELECT count(*)::int AS count FROM pg_stat_activity WHERE ${OF_POOL}`);
    return row?.['count'] === pool.totalCount;
  });

  figures.push(row(fault, workload, manager));
});

function row(fault: string, { failed, failedFor }: Workload, { history, statistics }: PoolManager): string {
  const recoveries = history.flatMap((entry) => (entry.kind === 'recovery' ? [entry.durationSeconds] : []));
  const shown = (duration: number) => `${duration.toFixed(1)} s`;
  const recovery = recoveries.length === 0 ? 'by requests' : shown(Math.max(...recoveries));
  return `| ${fault} | ${failed.size} | ${shown(failedFor)} | ${statistics.retriedAttempts} | ${recovery} |`;
}
