import type { ClientBase, Pool, PoolClient } from 'pg';

/** Accounts 1 and 2 with a balance of 100 each. */
export const ACCOUNTS = `create table accounts (id int primary key, balance int);
insert into accounts values (1, 100), (2, 100)`;

/** Runs a transaction, and rolls it back when a statement fails. */
export async function transaction(
  pool: Pool,
  run: (client: PoolClient) => Promise<void>,
  begin = 'begin',
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    await run(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

export const withdraw = (client: ClientBase, id: number) =>
  client.query('update accounts set balance = balance - 10 where id = $1', [id]);

/** Withdraws from account 1. Another transaction sets its balance to 50 during the first attempt, which fails by that. */
export function overtakenWithdrawal(
  pool: Pool,
  attempt: number,
  other: Pick<ClientBase, 'query'> | Pool = pool,
): Promise<void> {
  const run = async (client: PoolClient) => {
    await client.query('select * from accounts');
    if (attempt === 1) await other.query('update accounts set balance = 50 where id = 1');
    await withdraw(client, 1);
  };
  return transaction(pool, run, 'begin isolation level serializable');
}
