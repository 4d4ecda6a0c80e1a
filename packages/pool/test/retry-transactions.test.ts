import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { Pool } from 'pg';
import { retry } from '../src/retry/retry';
import { ACCOUNTS, overtakenWithdrawal, transaction, withdraw } from './accounts';

let postgres: PostgresServer;
let pool: Pool;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { deadlock_timeout: '50ms' } });
  pool = new Pool({ connectionString: postgres.url });
  await pool.query(ACCOUNTS);
});
beforeEach(() => pool.query('update accounts set balance = 100'));
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const balances = async () =>
  (await pool.query('select balance from accounts order by id')).rows.map(({ balance }) => balance);

it('repeats a transaction that another one has overtaken, and its effect is there once', async () => {
  const attempts: number[] = [];
  await retry((attempt) => {
    attempts.push(attempt);
    return overtakenWithdrawal(pool, attempt);
  });
  expect(attempts).toEqual([1, 2]);
  expect(await balances()).toEqual([40, 100]);
});

it('repeats the transaction that the server has chosen to end a deadlock, and both take effect once', async () => {
  let locked = 0;
  let bothLocked = () => {};
  const both = new Promise<void>((resolve) => {
    bothLocked = resolve;
  });
  let attempts = 0;
  const transfer = (first: number, second: number) =>
    retry((attempt) =>
      transaction(pool, async (client) => {
        attempts += 1;
        await withdraw(client, first);
        if (attempt === 1 && ++locked === 2) bothLocked();
        await both;
        await withdraw(client, second);
      }),
    );
  await Promise.all([transfer(1, 2), transfer(2, 1)]);
  expect(attempts).toBe(3);
  expect(await balances()).toEqual([80, 80]);
});

it('does not repeat a transaction whose connection is lost', async () => {
  const attempts: number[] = [];
  const lost = retry(async (attempt) => {
    attempts.push(attempt);
    const client = await pool.connect();
    client.on('error', () => {});
    try {
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    } finally {
      client.release(true);
    }
  });
  await expect(lost).rejects.toMatchObject({ code: '57P01' });
  expect(attempts).toEqual([1]);
});
