import { once } from 'node:events';
import type pg from 'pg';

/** `pg` or `pg.native`. */
export type Driver = Pick<typeof pg, 'Client' | 'Pool' | 'Query'>;

export interface Stage {
  readonly driver: Driver;
  readonly config: { readonly connectionString: string };
  /** Runs in a span of this name, which is open until the work is done. */
  within<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

type Program = (stage: Stage) => Promise<unknown>;

const connected = async ({ driver, config }: Stage, options: pg.ClientConfig = {}): Promise<pg.Client> => {
  const client = new driver.Client({ ...config, ...options });
  client.on('error', () => {});
  await client.connect();
  return client;
};

/** Calls back with what `client.query` and `pool.query` call back with. */
type Query = (text: string, callback: (error: Error | null) => void) => void;

const nested = (query: Query, first: string): Promise<void> =>
  new Promise((resolve) => query(first, () => query('SELECT 2', () => resolve())));

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => {});

/** Programs that run with each of the two clients, and have to create the same spans. */
export const programs: Readonly<Record<string, Program>> = {
  'queries by promise, with and without values': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', async () => {
      await client.query('SELECT $1::int AS n', [1]);
      await client.query({ text: "SELECT 'secret' AS n", rowMode: 'array' });
    });
    await client.end();
  },

  'a query in the callback of another': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', () => nested((text, done) => client.query(text, done), 'SELECT 1'));
    await client.end();
  },

  'a query in the callback of one that failed': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', () => nested((text, done) => client.query(text, done), 'SELECT missing'));
    await client.end();
  },

  'a query in the callback of a pool': async (stage) => {
    const pool = new stage.driver.Pool({ ...stage.config, max: 1 });
    await stage.within('request', () => nested((text, done) => pool.query(text, done), 'SELECT 1'));
    await stage.within('failing', () => nested((text, done) => pool.query(text, done), 'SELECT missing'));
    await pool.end();
  },

  'queries behind one another, each with a callback of another request': async (stage) => {
    const client = await connected(stage);
    const requests = ['a', 'b', 'c'].map((name) =>
      stage.within(name, () => nested((text, done) => client.query(text, done), 'SELECT 1')),
    );
    await Promise.all(requests);
    await client.end();
  },

  'a query in the callback of connect': async (stage) => {
    const client = new stage.driver.Client(stage.config);
    await stage.within('request', () => {
      return new Promise<void>((resolve, reject) => {
        client.connect((error?: Error | null) => {
          if (error) reject(error);
          else client.query('SELECT 1').then(() => resolve(), reject);
        });
      });
    });
    await client.end();
  },

  'onConnect and a connect listener of a pool, opened for the request that waits': async (stage) => {
    const onConnect = (client: pg.ClientBase) => client.query("SET lock_timeout = '5s'");
    const pool = new stage.driver.Pool({ ...stage.config, max: 1, onConnect } as pg.PoolConfig);
    const listened: Promise<unknown>[] = [];
    pool.on('connect', (client) => listened.push(client.query('SET search_path = public')));
    const held = await stage.within('a', () => pool.connect());
    await Promise.all(listened);
    const waiting = stage.within('b', () => pool.query('SELECT 1'));
    await stage.within('release', async () => held.release(true));
    await waiting;
    await Promise.all(listened);
    await pool.end();
  },

  'events of a Query of the user’s own': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', async () => {
      const query = new stage.driver.Query('SELECT 1 AS n');
      query.on('row', () => client.query('SELECT 2'));
      client.query(query);
      await once(query, 'end');
      await client.query('SELECT 3');
    });
    await client.end();
  },

  'a failing Query of the user’s own': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', async () => {
      const query = new stage.driver.Query('SELECT missing');
      const failed = new Promise((resolve) => query.on('error', resolve));
      client.query(query);
      await failed;
    });
    await client.end();
  },

  'a Query of the user’s own with a callback': async (stage) => {
    const client = await connected(stage);
    await stage.within('request', () => {
      return new Promise<void>((resolve) => {
        const query = new stage.driver.Query('SELECT 1 AS n', () => {
          client.query('SELECT 2', () => resolve());
        });
        client.query(query);
      });
    });
    await client.end();
  },

  'a named statement, and again by its name alone': async (stage) => {
    const client = await connected(stage);
    await client.query({ name: 'one', text: 'SELECT $1::int AS n', values: [1] });
    await outcome(client.query({ name: 'one', values: [1] } as unknown as pg.QueryConfig));
    await client.end();
  },

  'several statements in one text': async (stage) => {
    const client = await connected(stage);
    await client.query('SELECT 1; SELECT 2 UNION SELECT 3');
    await client.end();
  },

  'pipelined queries': async (stage) => {
    const client = await connected(stage, { pipeline: true } as pg.ClientConfig);
    // Without a failing one: there, the error of the native driver has no SQLSTATE.
    await Promise.all([client.query('SELECT 1 AS n'), client.query('SELECT $1::int AS n', [1])]);
    await client.end();
  },

  'a query on a client that is closed': async (stage) => {
    const client = await connected(stage);
    await client.end();
    await stage.within('request', () => outcome(client.query('SELECT 1')));
  },

  'a query on a client whose connection is lost': async (stage) => {
    const client = await connected(stage);
    const lost = once(client, 'error');
    const admin = await connected(stage);
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await admin.end();
    await lost;
    await outcome(client.query('SELECT 1'));
    // libpq's socket is polled without end otherwise.
    await outcome(client.end());
  },

  'a query with a comment': async (stage) => {
    const client = await connected(stage);
    await client.query('SELECT 1 /* mine */');
    await client.end();
  },
};
