import { AsyncLocalStorage } from 'node:async_hooks';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import Cursor from 'pg-cursor';
import type { PgPool } from '../src/pg-pool';
import type { RetryOptions } from '../src/retry/options';
import { retryPoolMethods } from '../src/retry/pool-methods';
import type { RetryAttempt } from '../src/retry/repeat';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network';

let postgres: PostgresServer;
let network: FaultyNetwork;
let pool: Pool;
let attempts: RetryAttempt[];
let onAttempt: (attempt: RetryAttempt) => void;
let removeRetry: () => void;

beforeAll(async () => {
  postgres = await startPostgres();
  network = await startFaultyNetwork(postgres.port);
});
afterEach(async () => {
  network.refuse(0);
  await pool.end();
});
afterAll(async () => {
  await network.stop();
  await postgres.stop();
});

/** With delays of 0, so that no test waits. */
function retryingPool(config: PoolConfig = {}, options: RetryOptions = {}): Pool {
  const { database, user, password } = postgres;
  pool = new Pool({ host: '127.0.0.1', port: network.port, database, user, password, ...config });
  pool.on('error', () => {});
  attempts = [];
  onAttempt = () => {};
  removeRetry = retryPoolMethods(
    pool as unknown as PgPool,
    { initialDelayMillis: 0, ...options },
    (attempt) => {
      attempts.push(attempt);
      onAttempt(attempt);
    },
  );
  return pool;
}

const outcomes = () => attempts.map(({ outcome, errorType }) => `${outcome} ${errorType}`);
const RECOVERED = ['retried ECONNRESET', 'retried ECONNRESET', 'recovered ECONNRESET'];

describe('a server that cannot be reached for two attempts', () => {
  beforeEach(() => {
    retryingPool();
    network.refuse(2);
  });
  afterEach(() => {
    expect(outcomes()).toEqual(RECOVERED);
    expect(pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 });
  });

  it('answers a query', async () => {
    expect((await pool.query('select $1::int as n', [1])).rows).toEqual([{ n: 1 }]);
  });

  it('answers a query with a callback', async () => {
    const rows = new Promise((resolve) => {
      pool.query('select $1::int as n', [1], (_, result) => resolve(result.rows));
    });
    expect(await rows).toEqual([{ n: 1 }]);
  });

  it('gives a connection', async () => {
    const client = await pool.connect();
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    client.release();
  });

  it('gives a connection to a callback', async () => {
    const got = await new Promise<[unknown, unknown, unknown]>((resolve) => {
      pool.connect((error, client, release) => resolve([error, client, release]));
    });
    expect(got).toEqual([undefined, expect.any(Client), expect.any(Function)]);
    (got[2] as () => void)();
  });
});

describe('a server that cannot be reached at all', () => {
  beforeEach(() => {
    retryingPool();
    network.refuse(Number.POSITIVE_INFINITY);
  });
  afterEach(() => {
    network.refuse(0);
    expect(outcomes()).toEqual(['retried ECONNRESET', 'retried ECONNRESET', 'gave_up ECONNRESET']);
    expect(pool).toMatchObject({ totalCount: 0, idleCount: 0, waitingCount: 0 });
  });

  it('fails a query with the error of the driver', async () => {
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('fails a callback with the error and the arguments of the driver', async () => {
    const got = await new Promise((resolve) => {
      pool.connect((...args) => resolve(args));
    });
    expect(got).toEqual([expect.objectContaining({ code: 'ECONNRESET' }), undefined, expect.any(Function)]);
  });
});

it('waits for a free connection of the server when all are in use', async () => {
  retryingPool();
  await pool.query("create role limited login connection limit 1 password 'secret'");
  const config = { host: postgres.host, port: postgres.port, user: 'limited', password: 'secret' };
  const holder = new Client({ ...config, database: postgres.database });
  await holder.connect();
  await pool.end();

  retryingPool(config);
  onAttempt = () => void holder.end();
  // The server notices the end of a connection some time after the client.
  const { rows } = await pollUntil(() => pool.query('select current_user as name'));
  expect(rows).toEqual([{ name: 'limited' }]);
  expect(outcomes()[0]).toBe('retried 53300');
});

it('queues again after a timeout in the queue of the pool', async () => {
  retryingPool({ max: 1, port: postgres.port });
  const holder = await pool.connect();
  // Not before: a connection may take longer than that to open.
  pool.options.connectionTimeoutMillis = 100;
  onAttempt = ({ outcome }) => {
    if (outcome === 'retried') holder.release();
  };
  expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  expect(outcomes()).toEqual(['retried timeout', 'recovered timeout']);
});

it('does not repeat a refused password', async () => {
  retryingPool({ password: 'wrong' });
  const before = network.connections;
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(network.connections - before).toBe(1);
  expect(attempts).toEqual([]);
});

it.each(['promise', 'callback'])('never repeats a statement that may have run (%s)', async (form) => {
  retryingPool();
  await pool.query('drop sequence if exists runs; create sequence runs');
  const direct = new Client({ connectionString: postgres.url });
  await direct.connect();
  const text = "select nextval('runs'), pg_sleep(600)";
  const failed =
    form === 'promise'
      ? pool.query(text).catch((error: unknown) => error)
      : new Promise((resolve) => pool.query(text, resolve));
  const runs = async () => (await direct.query('select last_value, is_called from runs')).rows[0];
  await pollUntil(async () => (await runs()).is_called);
  network.reset();
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  await pool.query('select 1');
  expect(await runs()).toEqual({ last_value: '1', is_called: true });
  expect(attempts).toEqual([]);
  await direct.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()",
  );
  await direct.end();
});

it('loses no write silently and executes none twice while connections are cut and refused', async () => {
  retryingPool({}, { budget: Number.POSITIVE_INFINITY });
  await pool.query('drop table if exists orders; create table orders (id int)');
  const ids = Array.from({ length: 300 }, (_, id) => id);
  const results = new Map<number, 'confirmed' | 'failed'>();
  let next = 0;
  const worker = async () => {
    for (let id = next++; id < ids.length; id = next++) {
      await pool.query('insert into orders values ($1)', [id]).then(
        () => results.set(id, 'confirmed'),
        () => results.set(id, 'failed'),
      );
      if (id % 40 === 20) network.reset();
      if (id % 40 === 0) network.refuse(2);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));

  const direct = new Client({ connectionString: postgres.url });
  await direct.connect();
  // The server may still run statements whose connection was cut.
  const others =
    "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
  await pollUntil(async () => (await direct.query(`${others} and state <> 'idle'`)).rowCount === 0);
  const { rows } = await direct.query('select id, count(*)::int from orders group by id');
  const written = new Map(rows.map(({ id, count }) => [id, count]));
  const wrong = ids.filter((id) => {
    const times = written.get(id) ?? 0;
    return results.get(id) === 'confirmed' ? times !== 1 : times > 1;
  });
  expect(wrong).toEqual([]);
  const failed = ids.filter((id) => results.get(id) === 'failed').length;
  // The cut has failed statements, and refused connections were repeated.
  expect(failed).toBeGreaterThan(0);
  expect(attempts.filter(({ outcome }) => outcome === 'recovered').length).toBeGreaterThan(0);
  await pool.end();
  await pollUntil(async () => (await direct.query(others)).rowCount === 0);
  await direct.end();
  retryingPool();
});

it('does not repeat a statement that the server rejects', async () => {
  retryingPool();
  await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
  expect(attempts).toEqual([]);
});

it('repeats one request in ten when all fail for long', async () => {
  retryingPool();
  network.refuse(Number.POSITIVE_INFINITY);
  const fail = async (requests: number) => {
    const before = network.connections;
    for (let request = 0; request < requests; request++) await pool.connect().catch(() => {});
    return network.connections - before;
  };
  await fail(20);
  expect(await fail(100)).toBe(110);
  network.refuse(0);
});

it('repeats in the context of the caller, also when another request has returned the connection', async () => {
  retryingPool({ max: 1 });
  const storage = new AsyncLocalStorage<string>();
  const stores: unknown[] = [];
  onAttempt = () => void stores.push(storage.getStore());
  const holder = await pool.connect();
  const rows = storage.run('caller', () => pool.query('select 1 as n'));
  const called = storage.run(
    'callback',
    () => new Promise((resolve) => pool.query('select 1 as n', (_, result) => resolve(result.rows))),
  );
  await pollUntil(async () => pool.waitingCount === 2);
  network.refuse(2);
  storage.run('releasing', () => holder.release(true));
  expect((await rows).rows).toEqual([{ n: 1 }]);
  expect(await called).toEqual([{ n: 1 }]);
  expect(new Set(stores)).toEqual(new Set(['caller', 'callback']));
});

it('calls the callback within the call of pg-pool that has succeeded, where its errors arrive without retry', async () => {
  pool = new Pool({ connectionString: postgres.url }).on('error', () => {});
  const results = [Object.assign(new Error('user data'), { code: 'ECONNREFUSED' }), undefined];
  const caught = new Promise((resolve) => {
    pool.connect = ((callback: (error?: Error) => void) => {
      try {
        callback(results.shift());
      } catch (error) {
        resolve(error);
      }
    }) as typeof pool.connect;
  });
  retryPoolMethods(pool as unknown as PgPool, { initialDelayMillis: 0 }, () => {});
  const mine = new Error('mine');
  pool.connect(() => {
    throw mine;
  });
  expect(await caught).toBe(mine);
});

it('reads a cursor', async () => {
  retryingPool();
  const client = await pool.connect();
  const cursor = client.query(new Cursor('select 1 as n'));
  expect(await cursor.read(10)).toEqual([{ n: 1 }]);
  await cursor.close();
  client.release();
});

describe('when the pool ends', () => {
  const POOL_ENDED = 'Cannot use a pool after calling end on the pool';
  beforeEach(() => {
    jest.spyOn(Math, 'random').mockReturnValue(0.9);
    retryingPool(
      {},
      {
        initialDelayMillis: 1_000_000,
        maxDelayMillis: 1_000_000,
        deadlineMillis: 10_000_000,
        budget: Number.POSITIVE_INFINITY,
      },
    );
  });
  afterEach(() => {
    jest.restoreAllMocks();
    // The pool of this test has ended.
    retryingPool();
  });

  it.each(['promise', 'callback'])(
    'a request that waits for its next attempt fails at once (%s)',
    async (form) => {
      network.refuse(1);
      let ended: Promise<void> | undefined;
      onAttempt = () => {
        ended ??= pool.end();
      };
      const failure =
        form === 'promise'
          ? pool.query('select 1').catch((error: unknown) => error)
          : new Promise((resolve) => pool.query('select 1', resolve));
      expect(await failure).toMatchObject({ message: POOL_ENDED });
      await ended;
      expect(outcomes()).toEqual(['retried ECONNRESET', 'gave_up pool_closed']);
    },
  );

  it('twenty requests that wait fail at once, without a warning', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
    network.refuse(20);
    pool.options.max = 20;
    const requests = Array.from({ length: 20 }, () => pool.connect());
    await pollUntil(async () => attempts.length === 20);
    await pool.end();
    const results = await Promise.allSettled(requests);
    expect(new Set(results.map((result) => result.status === 'rejected' && result.reason.message))).toEqual(
      new Set([POOL_ENDED]),
    );
    expect(warnings).not.toHaveBeenCalled();
  });

  it('an attempt that runs is not repeated', async () => {
    network.refuse(1);
    const failure = pool.query('select 1').catch((error: unknown) => error);
    await pool.end();
    expect(await failure).toMatchObject({ code: 'ECONNRESET' });
    expect(attempts).toEqual([]);
  });
});

it('adds three methods that cannot be enumerated, and removes them', async () => {
  retryingPool();
  const before = Object.keys(new Pool());
  expect(Object.keys(pool)).toEqual(before);
  expect([pool.connect.name, pool.query.name, pool.end.name]).toEqual(['connect', 'query', 'end']);
  removeRetry();
  expect(['connect', 'query', 'end'].filter((name) => Object.hasOwn(pool, name))).toEqual([]);
  network.refuse(1);
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('calls the method that the application has set on the pool, and leaves it there', async () => {
  pool = new Pool({ connectionString: postgres.url }).on('error', () => {});
  const calls: string[] = [];
  const own = function (this: Pool, ...args: unknown[]) {
    calls.push('own');
    return Reflect.apply(Pool.prototype.connect, this, args);
  } as typeof pool.connect;
  pool.connect = own;
  removeRetry = retryPoolMethods(pool as unknown as PgPool, {}, () => {});
  ((await pool.connect()) as PoolClient).release();
  removeRetry();
  expect(calls).toEqual(['own']);
  expect(pool.connect).toBe(own);
});
