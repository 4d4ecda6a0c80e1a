import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client, Pool, type PoolConfig } from 'pg';
import { Fleet } from '../src/fleet/fleet';
import { IdleCheck } from '../src/health/idle-check';
import type { PoolLimits } from '../src/options';
import type { PgPool } from '../src/pg-pool';
import { serverOf } from '../src/server';

let postgres: PostgresServer;
let admin: Client;
const pools: Pool[] = [];
const MOST = 30;
/** The connection of `admin`. */
const OTHERS = 1;
const BUDGET = MOST - 3 - OTHERS;

const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});

beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: MOST });
  admin = await connected({});
  await admin.query("create role shop login password 'secret'");
  await admin.query('create database other');
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
  await pollUntil(async () => (await names()).length === 0);
  emitWarning.mockClear();
});
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

async function connected(config: PoolConfig): Promise<Client> {
  const { host, port, database, user, password } = postgres;
  const client = new Client({ host, port, database, user, password, ...config });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The names of connections other than that of `admin`, sorted. */
async function names(): Promise<string[]> {
  const { rows } = await admin.query(
    `select application_name as name from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid() order by 1`,
  );
  return rows.map(({ name }) => name);
}

interface Instance {
  readonly pool: Pool;
  readonly fleet: Fleet;
  /** Asks the server for the share. */
  share(): Promise<unknown>;
}

function startInstance(config: PoolConfig = {}, limits: PoolLimits = {}): Instance {
  const { host, port, database } = postgres;
  const pool = new Pool({ host, port, database, user: 'shop', password: 'secret', ...config });
  pool.on('error', () => {});
  pools.push(pool);
  const managed = pool as unknown as PgPool;
  const fleet = new Fleet(managed, serverOf(managed), limits);
  const idleCheck = new IdleCheck(managed, 60_000);
  return {
    pool,
    fleet,
    async share() {
      await pool.query('select 1');
      expect(await fleet.check(idleCheck)).toBe(true);
      return fleet.share;
    },
  };
}

const shop = (limits?: PoolLimits) => startInstance({ application_name: 'shop' }, limits);

it('has the whole budget alone, and a part of it with each instance that starts', async () => {
  const first = shop();
  expect(await first.share()).toEqual({ instances: 1, budget: BUDGET, share: BUDGET });
  const second = shop();
  expect(await second.share()).toEqual({ instances: 2, budget: BUDGET, share: Math.floor(BUDGET / 2) });
  expect(await first.share()).toEqual(second.fleet.share);
  const third = shop();
  await third.share();
  for (const { share } of [first, second, third]) {
    expect(await share()).toEqual({ instances: 3, budget: BUDGET, share: Math.floor(BUDGET / 3) });
  }
});

it('has a larger part when an instance disappears', async () => {
  const [first, second] = [shop(), shop()];
  await second.share();
  expect(await first.share()).toMatchObject({ instances: 2 });
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    (await second.pool.query("select current_setting('application_name') as name")).rows[0].name,
  ]);
  await pollUntil(async () => (await names()).length === 1);
  expect(await first.share()).toEqual({ instances: 1, budget: BUDGET, share: BUDGET });
});

it('counts each pool of a process, because each has its own name', async () => {
  const [first, second] = [shop(), shop()];
  await Promise.all([first.share(), second.share()]);
  const found = await names();
  expect(found).toEqual([expect.stringMatching(/^shop\/[0-9a-f]{6}$/), expect.stringMatching(/^shop\//)]);
  expect(new Set(found).size).toBe(2);
});

it('leaves what others use, also those with another role or database', async () => {
  const others = await Promise.all([
    connected({ application_name: 'shop' }),
    connected({ application_name: 'shop/not-an-id' }),
    connected({ application_name: 'shopping/3fa2c1', database: 'other' }),
    connected({ user: 'shop' }),
  ]);
  const budget = BUDGET - others.length;
  expect(await shop().share()).toEqual({ instances: 1, budget, share: budget });
  await Promise.all(others.map((other) => other.end()));
});

it.each([
  [{ serverConnections: 20 }, 20 - 3 - OTHERS],
  [{ serverConnections: 1_000 }, BUDGET],
  [{ reservedConnections: 10 }, MOST - 10 - OTHERS],
  [{ reservedConnections: 0 }, BUDGET],
  [{ otherConnections: 5 }, MOST - 3 - 5],
  [{ otherConnections: 0 }, BUDGET],
  [{ serverConnections: 2, otherConnections: 2 }, 0],
] as const)('lowers the budget by the limits %j', async (limits, budget) => {
  expect(await shop(limits).share()).toEqual({ instances: 1, budget, share: Math.max(1, budget) });
});

it('respects the limits of role and database', async () => {
  await admin.query('alter role shop connection limit 8');
  try {
    expect(await shop().share()).toMatchObject({ budget: 8 });
    const migration = await connected({ user: 'shop', application_name: 'migration' });
    expect(await shop().share()).toEqual({ instances: 2, budget: 7, share: 3 });
    await migration.end();
  } finally {
    await admin.query('alter role shop connection limit -1');
  }
  await admin.query('alter database app connection limit 10');
  try {
    // That of `admin` is one of them.
    expect(await shop().share()).toMatchObject({ budget: 9 });
  } finally {
    await admin.query('alter database app connection limit -1');
  }
});

it('gives each instance one connection when there are fewer than instances', async () => {
  const [first, second] = [shop({ serverConnections: 5 }), shop({ serverConnections: 5 })];
  await second.share();
  expect(await first.share()).toEqual({ instances: 2, budget: 1, share: 1 });
});

it('keeps the share while no connection is idle', async () => {
  const { pool, fleet, share } = shop();
  const known = await share();
  const client = await pool.connect();
  expect(await fleet.check(new IdleCheck(pool as unknown as PgPool, 60_000))).toBe(false);
  expect(fleet.share).toBe(known);
  client.release();
});

describe('the name', () => {
  const nameOf = async ({ pool }: Instance) =>
    (await pool.query("select current_setting('application_name') as name")).rows[0].name;
  const urlOf = (parameters: string) =>
    `postgres://shop:secret@${postgres.host}:${postgres.port}/${postgres.database}${parameters}`;

  afterEach(() => {
    delete process.env['OTEL_SERVICE_NAME'];
    delete process.env['PGAPPNAME'];
  });

  it.each([
    ['of the connection string', { connectionString: '?application_name=a%20b&keepalives=1' }, 'a b'],
    ['of a connection string with spaces', { connectionString: '?x= y&application_name=a/b' }, 'a/b'],
    ['of the option next to a connection string', { connectionString: '', application_name: 'shop' }, 'shop'],
    ['that the application gives as a fallback', { fallback_application_name: 'fallback' }, 'fallback'],
    ['of a service without one', {}, 'pg-otel'],
    ['that is too long', { application_name: 'x'.repeat(63) }, 'x'.repeat(56)],
    ['of other alphabets', { application_name: 'Kürbis' }, 'K?rbis'],
  ])('%s gets an id, and is recognised', async (_, config: PoolConfig, service) => {
    const { connectionString } = config;
    const given =
      connectionString === undefined ? config : { ...config, connectionString: urlOf(connectionString) };
    const [first, second] = [startInstance(given), startInstance(given)];
    await second.share();
    expect(await first.share()).toMatchObject({ instances: 2 });
    const name: string = await nameOf(first);
    expect([name.slice(0, -7), name.slice(-7)]).toEqual([service, expect.stringMatching(/^\/[0-9a-f]{6}$/)]);
  });

  it('comes from PGAPPNAME, or is that of the service in OpenTelemetry', async () => {
    process.env['OTEL_SERVICE_NAME'] = 'checkout';
    expect(await nameOf(startInstance())).toMatch(/^checkout\//);
    process.env['PGAPPNAME'] = 'from-libpq';
    expect(await nameOf(startInstance())).toMatch(/^from-libpq\//);
  });

  it.each([{ application_name: 'shop' }, {}, { connectionString: '?application_name=shop' }])(
    'is as before once the management has stopped: %j',
    async (config: PoolConfig) => {
      const { connectionString } = config;
      const given = connectionString === undefined ? config : { connectionString: urlOf(connectionString) };
      const bare = new Pool(given);
      const instance = startInstance(given);
      await instance.share();
      instance.fleet.stop();
      expect(instance.fleet.share).toBeUndefined();
      expect(instance.pool.options).toMatchObject({ ...bare.options });
      expect(Object.hasOwn(instance.pool.options, 'application_name')).toBe('application_name' in config);
    },
  );

  it('stays the same when the pool is managed again', async () => {
    const { pool, fleet, share } = shop();
    await share();
    fleet.stop();
    const managed = pool as unknown as PgPool;
    const again = new Fleet(managed, serverOf(managed), {});
    await again.check(new IdleCheck(managed, 60_000));
    expect(again.share).toMatchObject({ instances: 1 });
  });

  it('that the application changes meanwhile is left', async () => {
    const { pool, fleet } = shop();
    const options = pool.options as PoolConfig;
    options.application_name = 'mine';
    fleet.stop();
    expect(options.application_name).toBe('mine');
  });
});

describe('a pooler', () => {
  const SIGNS: [string, PoolConfig, PoolLimits, string][] = [
    ['by its port', { port: 6432 }, {}, 'port 6432 (PgBouncer)'],
    ['by Neon’s host name', { host: 'ep-a-pooler.eu-central-1.aws.neon.tech' }, {}, '(-pooler)'],
    ['by the URL', { connectionString: 'postgres://localhost/app?pgbouncer=true' }, {}, 'pgbouncer=true'],
    ['by the option', {}, { pooler: 'transaction' }, "pooler: 'transaction'"],
  ];
  let isolated: typeof Fleet;
  // The warning is emitted once for each process.
  beforeEach(() => {
    jest.isolateModules(() => {
      ({ Fleet: isolated } = jest.requireActual('../src/fleet/fleet'));
    });
  });

  function pooled(config: PoolConfig, limits: PoolLimits): { pool: Pool; fleet: Fleet } {
    const pool = new Pool({ application_name: 'shop', ...config });
    const managed = pool as unknown as PgPool;
    return { pool, fleet: new isolated(managed, serverOf(managed), limits) };
  }

  it.each(SIGNS)('that is known %s gets no names, and one warning', (_, config, limits, sign) => {
    for (let times = 0; times < 2; times++) {
      const { pool, fleet } = pooled(config, limits);
      expect(pool.options).toMatchObject({ application_name: 'shop' });
      expect(fleet.share).toBeUndefined();
    }
    expect(emitWarning.mock.calls).toEqual([
      [expect.stringContaining(sign), { type: 'PgOtelWarning', code: 'PG_OTEL_POOL_FLEET_UNSEEN' }],
    ]);
    expect(emitWarning.mock.calls[0]?.[0]).toContain('limits.processes');
  });

  it('gets no warning when the number of processes is given', () => {
    pooled({ port: 6432 }, { processes: 4 });
    expect(emitWarning).not.toHaveBeenCalled();
  });

  it('is not assumed on its usual port with pooler: none', async () => {
    const { pool } = pooled({ port: 6432 }, { pooler: 'none' });
    expect(pool.options).toMatchObject({ application_name: expect.stringMatching(/^shop\//) });
  });
});
