import type { Scenario } from '../scenario';
import type { Session, Stage } from '../stage';

/** Changes a row of `accounts` in a transaction that stays open. */
export async function changeRow(stage: Stage, application: string): Promise<Session> {
  await stage.createTable('accounts');
  const session = await stage.session(application);
  await session.query('begin');
  await session.query('update accounts set amount = 1 where id = 1');
  return session;
}

const UPDATE = 'update accounts set amount = 2 where id = 1';

export const rows: readonly Scenario[] = [
  {
    title: 'waits for a row that an idle transaction has changed',
    evidence: 'pg_blocking_pids; state and last statement of the root',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a transaction whose last statement took no lock',
    evidence: 'the text of a session is its last statement, not the one that took the lock',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `select`',
      },
    ],
    never: ['blocked by', 'held by `'],
    async produce(stage) {
      const holder = await changeRow(stage, 'worker-7');
      await holder.query("select 'a secret'");
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a transaction that has failed',
    evidence: 'state `idle in transaction (aborted)`',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for advisory lock 12, held by worker-7 (pid <pid>), whose failed transaction has been idle for <time>',
      },
    ],
    async produce(stage) {
      const holder = await stage.session('worker-7');
      await holder.query('select pg_advisory_lock(12)');
      await holder.query('begin');
      await holder.query("'O'Brien secret'").catch(() => {});
      return { asked: await stage.block(await stage.session(), 'select pg_advisory_lock(12)') };
    },
  },
  {
    title: 'is at the end of a queue for a row',
    evidence: 'pg_blocking_pids from session to session; the tuple lock names the table',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, queued behind worker-1 (pid <pid>) with `update accounts`, which waits for worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`; 2 others wait for the same row',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      for (const name of ['worker-1', 'worker-2', 'worker-3']) {
        await stage.block(await stage.session(name), 'update accounts set amount = 3 where id = 1');
      }
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a transaction that waits for another one',
    evidence: 'pg_blocking_pids from session to session',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `orders`, queued behind worker-3 (pid <pid>) with `update accounts`, which waits for worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      await stage.createTable('orders');
      const between = await stage.session('worker-3');
      await between.query('begin');
      await between.query('update orders set amount = 1 where id = 1');
      await stage.block(between, 'update accounts set amount = 3 where id = 1');
      return { asked: await stage.block(await stage.session(), 'update orders set amount = 2 where id = 1') };
    },
  },
  {
    title: 'inserts a key that an open transaction has inserted',
    evidence: 'Lock/transactionid without a tuple lock: the server does not show the table',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for the end of another transaction, that of worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `insert accounts`',
      },
    ],
    async produce(stage) {
      await stage.createTable('accounts');
      const holder = await stage.session('worker-7');
      await holder.query('begin');
      await holder.query('insert into accounts values (11, 0)');
      return { asked: await stage.block(await stage.session(), 'insert into accounts values (11, 1)') };
    },
  },
  {
    title: 'waits for rows that several transactions share',
    evidence: 'of several FOR SHARE holders, pg_blocking_pids shows one',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by reader (pid <pid>), whose transaction has been idle for <time>; last statement `select accounts`',
      },
    ],
    never: ['only'],
    async produce(stage) {
      await stage.createTable('accounts');
      for (let count = 0; count < 2; count++) {
        const holder = await stage.session('reader');
        await holder.query('begin');
        await holder.query('select from accounts where id = 1 for share');
      }
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a running query, in a transaction that is older',
    evidence: 'state `active`, ages of query and transaction',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by report (pid <pid>), which has been running `select` for <time>, in a transaction of <time>',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'report');
      await stage.see(holder, "now() - xact_start > interval '1.2 s'");
      stage.start(holder, 'select pg_sleep(1000)');
      await stage.see(holder, "wait_event = 'PgSleep'");
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a prepared transaction',
    evidence: 'pg_blocking_pids returns 0; pg_prepared_xacts',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by a prepared transaction of role shop, prepared <time> ago, which ends with COMMIT PREPARED or ROLLBACK PREPARED',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'worker-7');
      await holder.query("prepare transaction 'a secret'");
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for another role',
    evidence:
      'without a grant, role and application_name of a session are visible, but neither state nor text',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by role billing ("billing-3", pid <pid>); what it does is hidden from this role',
      },
    ],
    never: ['idle', 'update'],
    async produce(stage) {
      await stage.createTable('accounts');
      const holder = await stage.session('billing-3', 'billing');
      await holder.query('begin');
      await holder.query('update accounts set amount = 1 where id = 1');
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for another role, with the rights of `pg_read_all_stats`',
    evidence: 'with the grant, state and text of other roles are visible',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by role shop ("worker-7", pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'worker-7');
      await holder.query("update accounts set amount = length('a secret') where id = 2");
      return { asked: await stage.block(await stage.session('audit', 'auditor'), UPDATE) };
    },
  },
  {
    title: 'waits for a transaction that its own request holds open',
    evidence: 'the root is a session of this process, checked out by a caller in the same trace',
    findings: [
      {
        kind: 'blocked_by_itself',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by its own request in another session (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`; if the request waits for this query first, neither ends, and the server detects no deadlock',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'shop');
      const request = {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 1,
      };
      const asked = await stage.block(await stage.session(), UPDATE, { spanContext: request });
      const isHolder = (pid: number) => pid === holder.processID;
      return {
        asked,
        own: {
          session: (pid) =>
            isHolder(pid) ? { isCheckedOut: true, holder: request, running: undefined } : undefined,
        },
      };
    },
  },
  {
    title: 'waits for a transaction of another request of the same process',
    evidence: 'the root is a session of this process, in another trace',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by this process (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    never: ['own request'],
    async produce(stage) {
      const holder = await changeRow(stage, 'shop');
      const trace = (traceId: string) => ({ traceId, spanId: '00f067aa0ba902b7', traceFlags: 1 });
      const asked = await stage.block(await stage.session(), UPDATE, {
        spanContext: trace('4bf92f3577b34da6a3ce929d0e0e4736'),
      });
      const holderOf = trace('0af7651916cd43dd8448eb211c80319c');
      return {
        asked,
        own: {
          session: (pid) =>
            pid === holder.processID
              ? { isCheckedOut: true, holder: holderOf, running: undefined }
              : undefined,
        },
      };
    },
  },
  {
    title: 'waits for a transaction that a caller left open in the pool',
    evidence: 'the root is a session of this process, which its pool has not handed out',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by this process (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`; no caller is known that has its connection checked out',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'shop');
      return {
        asked: await stage.block(await stage.session(), UPDATE),
        own: {
          session: (pid) =>
            pid === holder.processID
              ? { isCheckedOut: false, holder: undefined, running: undefined }
              : undefined,
        },
      };
    },
  },
  {
    title: 'waits for a commit that no standby has confirmed',
    evidence: 'state `active` and IPC/SyncRep of the root',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a row of `accounts`, held by worker-7 (pid <pid>), which has been running `commit` for <time>; it waits for a synchronous standby to confirm its commit',
      },
    ],
    async produce(stage) {
      const holder = await changeRow(stage, 'worker-7');
      await holder.query('set local synchronous_commit = on');
      stage.start(holder, 'commit');
      await stage.see(holder, "wait_event = 'SyncRep'");
      return { asked: await stage.block(await stage.session(), UPDATE) };
    },
  },
  {
    title: 'waits for a session that returns rows to a client which does not read',
    evidence: 'state `active` and Client/ClientWrite of the root',
    findings: [
      {
        kind: 'lock',
        certainty: 'proven',
        sentence:
          'has waited <time> for a lock on `accounts`, held by report (pid <pid>), which has been running `select` for <time>; it waits for its client to read',
      },
    ],
    async produce(stage) {
      await stage.createTable('accounts');
      const report = await stage.session('report');
      report.connection.stream.pause();
      stage.start(
        report,
        "select repeat('x', 10000) from (select from accounts) a, generate_series(1, 100000)",
      );
      await stage.see(report, "wait_event = 'ClientWrite'");
      return { asked: await stage.block(await stage.session(), 'truncate accounts') };
    },
  },
];
