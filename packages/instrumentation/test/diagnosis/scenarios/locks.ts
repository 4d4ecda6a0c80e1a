import type { Scenario } from '../scenario';
import type { Session, Stage } from '../stage';

/** A table with an expression that takes a while for each of its rows. */
async function createSlowTable(stage: Stage, name: string): Promise<void> {
  const owner = await stage.session();
  await owner.query(`create table ${name} (id int, pad text)`);
  await owner.query(`insert into ${name} select id, repeat('x', 4000) from generate_series(1, 2000) id`);
  // The planner does not keep the result of a call with a column.
  await owner.query(
    "create function slowly(id int) returns int language plpgsql immutable as 'begin perform pg_sleep(0.05); return id; end'",
  );
}

export const locks: readonly Scenario[] = [
  {
    title: 'waits for an advisory lock of an idle session',
    evidence: 'Lock/advisory and its key; the holder may be idle',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for advisory lock -7, held by cron (pid <pid>), whose session has been idle for <time>; last statement `select`; 1 other waits for the same lock',
      },
    ],
    async produce(stage) {
      const cron = await stage.session('cron');
      await cron.query('select pg_advisory_lock(-7)');
      await cron.query('select 1');
      const asked = await stage.block(await stage.session(), 'select pg_advisory_lock(-7)');
      await stage.block(await stage.session(), 'select pg_advisory_lock_shared(-7)');
      return { asked };
    },
  },
  {
    title: 'waits for an advisory lock with two keys',
    evidence: 'Lock/advisory and its keys',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for advisory lock -3, 9, held by cron (pid <pid>), whose transaction has been idle for <time>; last statement `select`',
      },
    ],
    async produce(stage) {
      const cron = await stage.session('cron');
      await cron.query('begin');
      await cron.query('select pg_advisory_xact_lock(-3, 9)');
      return { asked: await stage.block(await stage.session(), 'select pg_advisory_xact_lock(-3, 9)') };
    },
  },
  {
    title: 'is queued behind DDL that waits for a running query',
    evidence: 'pg_blocking_pids: a lock that conflicts waits before ours',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a lock on `orders`, queued behind migration (pid <pid>) with `alter table orders`, which waits for report (pid <pid>), which has been running `select orders` for <time>',
      },
    ],
    never: ['held by migration'],
    async produce(stage) {
      await stage.createTable('orders');
      const report = await stage.session('report');
      stage.start(report, 'select pg_sleep(1000) from orders');
      await stage.see(report, "wait_event = 'PgSleep'");
      await stage.block(await stage.session('migration'), 'alter table orders add column note text');
      return { asked: await stage.block(await stage.session(), 'select from orders where id = 1') };
    },
  },
  {
    title: 'waits for CREATE INDEX',
    evidence: 'pg_stat_progress_create_index',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a lock on `big`, held by migration (pid <pid>), which has been running `create index big` (building index: scanning table, <n> %) for <time>',
      },
    ],
    async produce(stage) {
      await createSlowTable(stage, 'big');
      const migration = await stage.session('migration');
      stage.start(migration, 'create index on big (slowly(id))');
      await stage.see(
        migration,
        'exists (select from pg_stat_progress_create_index p where p.pid = pg_stat_activity.pid and blocks_done > 0)',
      );
      return { asked: await stage.block(await stage.session(), "insert into big values (1, 'secret')") };
    },
  },
  {
    title: 'waits for VACUUM FULL',
    evidence: 'pg_stat_progress_cluster',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a lock on `big`, held by migration (pid <pid>), which has been running `vacuum big` (rebuilding index, <n> %) for <time>',
      },
    ],
    async produce(stage) {
      await createSlowTable(stage, 'big');
      const migration = await stage.session('migration');
      await migration.query('create index on big (id) where false');
      await migration.query('create index on big (slowly(id)) where id > 1990');
      await migration.query(
        "create or replace function slowly(id int) returns int language plpgsql immutable as 'begin perform pg_sleep(1000); return id; end'",
      );
      stage.start(migration, 'vacuum full big');
      await stage.see(
        migration,
        "exists (select from pg_stat_progress_cluster p where p.pid = pg_stat_activity.pid and phase = 'rebuilding index')",
      );
      return { asked: await stage.block(await stage.session(), 'select from big where id = 1') };
    },
  },
  {
    title: 'creates an index concurrently while an older transaction is open',
    evidence: 'Lock/virtualxid',
    needsDatabase: true,
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for the end of an earlier transaction, that of report (pid <pid>), whose transaction has been idle for <time>; last statement `select orders`',
      },
    ],
    async produce(stage) {
      await stage.createTable('orders');
      const report = await stage.session('report');
      await report.query('begin isolation level repeatable read');
      await report.query('select from orders');
      return {
        asked: await stage.block(await stage.session(), 'create index concurrently on orders (amount)'),
      };
    },
  },
  {
    title: 'is in a deadlock',
    evidence: 'a chain of pg_blocking_pids that returns to the session',
    findings: [
      {
        kind: 'deadlock',
        certainty: 'proven',
        sentence:
          'is in a deadlock with worker-2 (pid <pid>): the server ends it after 1.0 s (deadlock_timeout), by cancelling one of them or by changing the order of a queue',
      },
    ],
    async produce(stage) {
      const [first, second] = [await stage.session('worker-1'), await stage.session('worker-2')];
      for (const [session, key] of [[first, 1] as const, [second, 2] as const]) {
        await session.query("set deadlock_timeout = '1h'");
        await session.query(`select pg_advisory_lock(500, ${key})`);
      }
      const asked = await stage.block(first, 'select pg_advisory_lock(500, 2)');
      await stage.block(second, 'select pg_advisory_lock(500, 1)');
      return { asked };
    },
  },
  {
    title: 'is in a deadlock that the server ends without cancelling a query',
    evidence: 'as before: it does not show whether a session only waits in front of another one',
    findings: [
      {
        kind: 'deadlock',
        certainty: 'proven',
        sentence:
          'is in a deadlock with migration (pid <pid>) and worker-3 (pid <pid>): the server ends it after 1.0 s (deadlock_timeout), by cancelling one of them or by changing the order of a queue',
      },
    ],
    async produce(stage) {
      await stage.createTable('jobs');
      const names = ['worker-1', 'migration', 'worker-3'];
      const sessions = await Promise.all(names.map((name) => stage.session(name)));
      const [first, migration, third] = sessions as [Session, Session, Session];
      for (const session of sessions) await session.query("set deadlock_timeout = '1h'; begin");
      await first.query('select pg_advisory_lock(503, 1)');
      await third.query('select from jobs');
      await stage.block(migration, 'lock table jobs');
      await stage.block(third, 'select pg_advisory_lock(503, 1)');
      // It only waits because the migration waits before it.
      return { asked: await stage.block(first, 'select from jobs') };
    },
  },
  {
    title: 'waits for sessions that are in a deadlock',
    evidence: 'a chain of pg_blocking_pids that contains another session twice',
    findings: [
      {
        kind: 'deadlock',
        certainty: 'proven',
        sentence:
          'has waited <time> for advisory lock 501, 1, behind a deadlock of worker-1 (pid <pid>) and worker-2 (pid <pid>)',
      },
    ],
    async produce(stage) {
      const [first, second] = [await stage.session('worker-1'), await stage.session('worker-2')];
      for (const [session, key] of [[first, 1] as const, [second, 2] as const]) {
        await session.query("set deadlock_timeout = '1h'");
        await session.query(`select pg_advisory_lock(501, ${key})`);
      }
      await stage.block(first, 'select pg_advisory_lock(501, 2)');
      await stage.block(second, 'select pg_advisory_lock_shared(501, 1)');
      return { asked: await stage.block(await stage.session(), 'select pg_advisory_lock_shared(501, 1)') };
    },
  },
  {
    title: 'waits for autovacuum',
    evidence: 'a session without a role in pg_stat_progress_vacuum; it gives way after deadlock_timeout',
    isLong: true,
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence: 'has waited <time> for a lock on `events`, held by autovacuum (pid <pid>)',
      },
    ],
    async produce(stage) {
      const owner = await stage.session();
      await owner.query("set deadlock_timeout = '1h'");
      await owner.query(
        'create table events (id int) with (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)',
      );
      await owner.query('insert into events select generate_series(1, 50000)');
      await owner.query('delete from events');
      await stage.seeAny(
        "select from pg_stat_progress_vacuum join pg_class c on c.oid = relid where relname = 'events'",
      );
      return { asked: await stage.block(owner, 'alter table events add column note text') };
    },
  },
];
