// What happens to an application with an ORM on a managed pool. Each step writes what was found as one line.
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { managePool, poolManager, retry } from '@pg-otel/pool';
import pg from 'pg';
import { startNetwork } from './network.mjs';

const direct = new URL(process.env.DATABASE_URL);
const network = await startNetwork(direct.port);
/** The server, through the network. */
export const url = Object.assign(new URL(direct), { port: network.port }).href;

/** Two connections, which stay open while they are idle. */
export const POOL = { max: 2, idleTimeoutMillis: 0 };
/** As `true`, with so many attempts that the outage of a step ends before the last one. */
const RETRY = { maxAttempts: 100, initialDelayMillis: 10, budget: Number.POSITIVE_INFINITY };

const attempts = [];
let onRetried = () => {};
subscribe('pg-otel:retry', ({ outcome, errorType }) => {
  attempts.push(`${outcome} ${errorType}`);
  if (outcome === 'retried') onRetried();
});

const admin = new pg.Client({ connectionString: direct.href });
await admin.connect();
await admin.query(`
  CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, age int NOT NULL);
  INSERT INTO people (name, age) VALUES ('Ada', 100), ('Grace', 100);
  CREATE SEQUENCE executions;
  CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('executions'), pg_advisory_xact_lock(1);
    RETURN NEW;
  END $$;
  CREATE TRIGGER wait BEFORE INSERT ON people FOR EACH ROW WHEN (NEW.name = 'waiting') EXECUTE FUNCTION wait()`);

async function value(text, values) {
  const { rows } = await admin.query(text, values);
  return Object.values(rows[0])[0];
}
const rowsOf = (name) => value('SELECT count(*)::int FROM people WHERE name = $1', [name]);
const ages = () => value(`SELECT array_agg(age ORDER BY id) FROM people WHERE name IN ('Ada', 'Grace')`);
/** A sequence also counts what is rolled back. */
const executions = () => value('SELECT CASE WHEN is_called THEN last_value::int ELSE 0 END FROM executions');
const OTHERS = `FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

async function until(condition) {
  while (!(await condition())) await sleep(20);
}

/**
 * @param orm `pool` or the one that it has made; `insert(name)` of a row; `transaction(work)`, which calls `work` in a
 *   serializable transaction with `insert`, `read`, `withdraw(name)` and `withdrawRaw(name)`; and `close`
 */
export async function playStory({ pool, insert, transaction, close }) {
  managePool(pool, { retry: RETRY });
  pool.on('error', () => {});
  // pg ends a process when it loses a checked-out connection that has no listener.
  pool.on('connect', (client) => client.on('error', () => {}));

  await step('statement', async () => {
    await insert('first');
    return { rows: await rowsOf('first'), isOfPool: pool.totalCount > 0 && poolManager(pool) !== undefined };
  });

  await step('refused', () => refused('refused', () => insert('refused')));
  await step('refused transaction', () =>
    refused('refused in transaction', () => transaction((tx) => tx.insert('refused in transaction'))),
  );
  await step('closed while idle', async () => {
    await until(() => pool.idleCount > 0);
    await admin.query(`SELECT pg_terminate_backend(pid, 60000) ${OTHERS}`);
    await until(hasOnlyLiveConnections);
    await insert('closed while idle');
    return { rows: await rowsOf('closed while idle'), attempts };
  });

  await step('cut', () => cut(() => insert('waiting')));
  await step('cut transaction', async () => {
    const found = await cut(() =>
      transaction(async (tx) => {
        await tx.insert('before');
        await tx.insert('waiting');
      }),
    );
    return { ...found, rowsBefore: await rowsOf('before') };
  });
  await step('idempotent', () => cutOnce(() => insert('waiting')));
  await step('idempotent transaction', () => cutOnce(() => transaction((tx) => tx.insert('waiting'))));

  await step('conflict', () => overtaken((tx) => tx.withdraw('Ada')));
  await step('raw conflict', () => overtaken((tx) => tx.withdrawRaw('Ada')));
  await step('conflict at commit', () =>
    conflicting(async (tx, attempt) => {
      await tx.read();
      await tx.withdraw('Ada');
      if (attempt > 1) return;
      await admin.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
      await admin.query('SELECT sum(age) FROM people');
      await admin.query(`UPDATE people SET age = age - 10 WHERE name = 'Grace'`);
      await admin.query('COMMIT');
    }),
  );

  await close();
  await network.down();
  await admin.end();

  async function step(name, work) {
    attempts.length = 0;
    console.log(JSON.stringify({ step: name, found: await work() }));
  }

  /** Connections are refused until an attempt has failed. */
  async function refused(name, work) {
    await network.down();
    await until(() => pool.totalCount === 0);
    const retried = new Promise((resolve) => {
      onRetried = resolve;
    });
    const done = work();
    await Promise.race([retried, done]);
    await network.up();
    await done;
    return { rows: await rowsOf(name), first: attempts[0], last: attempts.at(-1) };
  }

  async function hasOnlyLiveConnections() {
    const { rows } = await admin.query(`SELECT pid ${OTHERS}`);
    const live = rows.map(({ pid }) => pid);
    return pool._clients.every(({ processID }) => live.includes(processID));
  }

  /** Calls `work`, and cuts its connection while the server executes its statement. */
  async function cutWhileItRuns(work) {
    const before = await executions();
    await admin.query('SELECT pg_advisory_lock(1)');
    const ended = Promise.allSettled([work()]);
    await until(async () => (await executions()) > before);
    await network.down();
    await network.up();
    const [result] = await ended;
    await admin.query('SELECT pg_advisory_unlock(1)');
    return result;
  }

  async function cut(work) {
    const before = await executions();
    const { status } = await cutWhileItRuns(work);
    await until(async () => (await value(`SELECT count(*)::int ${OTHERS} AND state <> 'idle'`)) === 0);
    return { status, executions: (await executions()) - before, attempts };
  }

  /** Calls an idempotent function by `retry`. The connection of its first attempt is cut. */
  async function cutOnce(work) {
    const calls = [];
    await retry(
      async (attempt) => {
        calls.push(attempt);
        if (attempt > 1) return work();
        const { status, reason } = await cutWhileItRuns(work);
        if (status === 'rejected') throw reason;
      },
      { isIdempotent: true },
    );
    return { calls };
  }

  /** Calls a transaction by `retry`. */
  async function conflicting(inside) {
    await admin.query('UPDATE people SET age = 100');
    const calls = [];
    await retry((attempt) => {
      calls.push(attempt);
      return transaction((tx) => inside(tx, attempt));
    });
    return { calls, attempts, ages: await ages() };
  }

  /** Another transaction changes the row during the first attempt. */
  function overtaken(withdraw) {
    return conflicting(async (tx, attempt) => {
      await tx.read();
      if (attempt === 1) await admin.query(`UPDATE people SET age = 50 WHERE name = 'Ada'`);
      await withdraw(tx);
    });
  }
}
