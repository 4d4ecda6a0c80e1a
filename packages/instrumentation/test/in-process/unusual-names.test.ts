import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;

/** Properties of every JavaScript object. */
const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];

beforeAll(async () => {
  shop = await startInstrumented();
  const client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  for (const name of NAMES) await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
});
beforeEach(() => {
  shop.configure();
  shop.recorder.clear();
});
afterAll(() => shop.stop());

const poolOf = (database: string) => {
  const { host, port, user, password } = shop.server;
  return new pg.Pool({ host, port, user, password, database });
};

describe.each(NAMES)('%s', (name) => {
  it('may be the name of a database, and of its pool', async () => {
    const pool = poolOf(name);
    await pool.query('SELECT 1');
    const pools = await shop.points('db.client.connection.limit', { 'db.namespace': name });
    await pool.end();
    expect(pools.map(({ attributes }) => attributes['db.client.connection.pool.name'])).toEqual([name]);
    expect(shop.queries().map(({ attributes }) => attributes['db.namespace'])).toEqual([name]);
  });

  it('may be the name of a pool in the options', async () => {
    const own = { [name]: 'orders' };
    shop.configure({
      poolNames: own,
      heldAfterOf: { [name]: 60 },
      slowAfterOf: { pools: { [name]: [9] }, databases: { [name]: [9] } },
    });
    const pool = poolOf(name);
    await pool.query('SELECT 1');
    const pools = await shop.points('db.client.connection.limit', { 'db.namespace': name });
    await pool.end();
    expect(pools.map(({ attributes }) => attributes['db.client.connection.pool.name'])).toContain('orders');
  });

  it('may be the name of a statement that is executed by its name', async () => {
    const client = new pg.Client({ connectionString: shop.server.url });
    await client.connect();
    const failure = await client.query({ name } as pg.QueryConfig).catch((error: unknown) => error);
    await client.end();
    expect(failure).toBeInstanceOf(Error);
    expect(shop.queries()).toMatchObject([{ name: 'shop', attributes: { 'error.type': '26000' } }]);
  });

  it('is rejected as the name of an option', () => {
    const given = Object.fromEntries([[name, true]]);
    expect(() => shop.configure(given)).toThrow(`${name} is not an option of PostgresInstrumentation`);
  });
});
