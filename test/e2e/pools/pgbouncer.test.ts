import { managePool, type PoolManager, type PoolOptions, poolManager, retry } from '@pg-otel/pool';
import {
  type PgBouncer,
  type PostgresServer,
  pollUntil,
  startPgBouncer,
  startPostgres,
} from '@pg-otel/testkit';
import { Client, Pool } from 'pg';
import { ACCOUNTS, overtakenWithdrawal } from '../../../packages/pool/test/accounts';
import { type FaultyNetwork, startFaultyNetwork } from '../../../packages/pool/test/faulty-network';
import { describeWith, using } from '../stage';

describeWith('pgbouncer')('a managed pool behind PgBouncer', () => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});

  describe.each(['session', 'transaction'] as const)('in %s mode', (poolMode) => {
    let postgres: PostgresServer;
    /** Between PgBouncer and the server. */
    let network: FaultyNetwork;
    let pgbouncer: PgBouncer;
    let admin: Client;
    let pool: Pool;
    let manager: PoolManager;

    beforeEach(async () => {
      postgres = await using(startPostgres());
      network = await using(startFaultyNetwork(postgres.port));
      const settings = { query_wait_timeout: 1, server_login_retry: 1 };
      const behind = { ...postgres, port: network.port };
      pgbouncer = await using(startPgBouncer({ postgres: behind, poolMode, poolSize: 1, settings }));
      admin = new Client({ connectionString: postgres.url });
      admin.on('error', () => {});
      await admin.connect();
      await admin.query(`create sequence runs; ${ACCOUNTS}`);
    });
    afterEach(async () => {
      await pool.end();
      await admin.end();
    });

    function startPool(options: PoolOptions = {}): void {
      pool = new Pool({ connectionString: pgbouncer.url, application_name: 'shop' });
      pool.on('error', () => {});
      managePool(pool, options);
      manager = poolManager(pool) as PoolManager;
    }

    const PATIENT = {
      maxAttempts: 100,
      deadlineMillis: 600_000,
      initialDelayMillis: 200,
      budget: Number.POSITIVE_INFINITY,
    };
    const runs = async () =>
      Number((await admin.query('select last_value from runs where is_called')).rows[0]?.last_value ?? 0);

    const serverConnections = async () =>
      (
        await admin.query(
          "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
        )
      ).rowCount;

    it('repeats a statement that has waited in vain for a connection to the server, and it runs once', async () => {
      startPool({ retry: PATIENT });
      const holder = new Client({ connectionString: pgbouncer.url });
      await holder.connect();
      await holder.query('begin');
      await holder.query('select 1');
      const waiting = pool.query("select nextval('runs')");
      await pollUntil(async () => manager.statistics.retriedAttempts > 0);
      await holder.query('commit');
      await holder.end();
      await waiting;
      expect(await runs()).toBe(1);
      expect(manager.statistics).toMatchObject({ recoveredRequests: 1, givenUpRequests: 0 });
    });

    it('repeats statements and connection attempts while the server cannot be reached', async () => {
      startPool({ retry: PATIENT });
      await pool.query('select 1');
      network.refuse(Number.POSITIVE_INFINITY);
      network.reset();
      // In session mode, a client loses its connection with that of the server.
      const remaining = poolMode === 'session' ? 0 : 1;
      await pollUntil(async () => (await serverConnections()) === 0 && pool.totalCount === remaining);
      const waiting = pool.query("select nextval('runs')");
      await pollUntil(async () => manager.statistics.retriedAttempts >= 3);
      network.refuse(0);
      await waiting;
      expect(await runs()).toBe(1);
      expect(manager.statistics).toMatchObject({ recoveredRequests: 1, givenUpRequests: 0 });
    });

    it('never repeats a statement that may have run', async () => {
      startPool({ retry: PATIENT });
      const failed = expect(pool.query("select nextval('runs'), pg_sleep(600)")).rejects.toMatchObject({
        code: '08P01',
      });
      await pollUntil(async () => (await runs()) > 0);
      network.reset();
      await failed;
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
      expect(await runs()).toBe(1);
      expect(manager.statistics).toMatchObject({ retriedAttempts: 0, givenUpRequests: 0 });
    });

    it('repeats a transaction that another one has overtaken, and its effect is there once', async () => {
      startPool();
      const attempts: number[] = [];
      await retry((attempt) => {
        attempts.push(attempt);
        return overtakenWithdrawal(pool, attempt, admin);
      });
      expect(attempts).toEqual([1, 2]);
      expect((await admin.query('select balance from accounts where id = 1')).rows).toEqual([
        { balance: 40 },
      ]);
    });

    it('recognises PgBouncer on another port, and stops to name its connections', async () => {
      startPool();
      expect(pool.options).toMatchObject({ application_name: expect.stringMatching(/^shop\/[0-9a-f]{6}$/) });
      await pool.query('select 1');
      await pollUntil(
        async () => (pool.options as { application_name?: string }).application_name === 'shop',
      );
      expect(manager.fleet).toBeUndefined();
      const client = await pool.connect();
      client.release(true);
      const { rows } = await pool.query("select current_setting('application_name') as name");
      expect(rows).toEqual([{ name: 'shop' }]);
    });
  });

  it('is warned of once in a process', () => {
    const codes = emitWarning.mock.calls.map(([, options]) => (options as { code?: string }).code);
    expect(codes).toEqual(['PG_OTEL_POOL_FLEET_UNSEEN']);
  });
});
