import type { Scenario } from '../scenario';
import type { Asked, Session, Stage } from '../stage';

const LOOP = (statement: string): string => `do $$ begin loop ${statement}; end loop; end $$`;

export const waits: readonly Scenario[] = [
  {
    title: 'sleeps',
    evidence: 'Timeout/PgSleep in all samples',
    findings: [{ kind: 'wait', certainty: 'proven', sentence: 'sleeps in pg_sleep, which it calls' }],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, 'select pg_sleep(1000)');
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked };
    },
  },
  {
    title: 'sleeps, on a connection whose port a proxy hides',
    evidence: 'process id and text, and the address of the server, which is the one that was connected to',
    findings: [{ kind: 'wait', certainty: 'proven', sentence: 'sleeps in pg_sleep, which it calls' }],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, `select pg_sleep(1000), '${'\ud83d\ude00'.repeat(1500)}'`, {
        port: 1,
      });
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked, route: { port: 1 } };
    },
  },
  {
    title: 'sleeps, behind a proxy or balancer that may lead to other servers',
    evidence: 'process id, text and age; the address of the server is not the one that was connected to',
    findings: [{ kind: 'wait', certainty: 'observed', sentence: 'sleeps in pg_sleep, which it calls' }],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, 'select pg_sleep(1000)', { port: 1 });
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked, route: { port: 1, peer: '192.0.2.1' } };
    },
  },
  {
    title: 'sleeps, in a session whose text is not tracked',
    evidence: 'the port proves the session; the wait event is visible without track_activities',
    findings: [{ kind: 'wait', certainty: 'proven', sentence: 'sleeps in pg_sleep, which it calls' }],
    async produce(stage) {
      const session = await stage.session();
      await session.query('set track_activities = off');
      const asked = stage.start(session, 'select pg_sleep(1000)');
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked };
    },
  },
  {
    title: 'waits for a standby',
    evidence: 'IPC/SyncRep in all samples',
    findings: [
      {
        kind: 'wait',
        certainty: 'proven',
        sentence: 'waits for a synchronous standby to confirm the commit',
      },
    ],
    async produce(stage) {
      await stage.createTable('orders');
      const session = await stage.session();
      await session.query('set synchronous_commit = on');
      const asked = stage.start(session, 'insert into orders values (12, 0)');
      await stage.see(session, "wait_event = 'SyncRep'");
      return { asked };
    },
  },
  {
    title: 'waits for another server',
    evidence: 'Extension/DblinkGetResult in all samples',
    versions: [17, 18],
    findings: [{ kind: 'wait', certainty: 'proven', sentence: 'waits for another server (DblinkGetResult)' }],
    produce: remoteQuery,
  },
  {
    title: 'waits in an extension of PostgreSQL 15 or 16',
    evidence: 'Extension/Extension in all samples',
    versions: [15, 16],
    findings: [
      {
        kind: 'wait',
        certainty: 'proven',
        sentence: 'waits in an extension (Extension), for example for another server',
      },
    ],
    produce: remoteQuery,
  },
  {
    title: 'reads a table',
    evidence: 'samples of IO/DataFileRead, from PostgreSQL 18 on IO/AioIoCompletion',
    isSampled: true,
    findings: [{ kind: 'wait', certainty: 'observed', sentence: 'read table files <looks>' }],
    never: ['disk'],
    async produce(stage) {
      const session = await stage.session();
      await session.query(
        'create table big as select id, repeat($$x$$, 500) from generate_series(1, 20000) id',
      );
      return { asked: stage.start(session, LOOP('perform count(*) from big')) };
    },
  },
  {
    title: 'sorts more than work_mem holds',
    evidence: 'a sample of IO/BufFile…; names differ in case by version',
    isSampled: true,
    findings: [{ kind: 'wait', certainty: 'proven', sentence: 'uses temporary files (seen <looks>)' }],
    never: ['disk', 'work_mem', 'at least'],
    async produce(stage) {
      return { asked: await sortMuch(stage, await stage.session()), isExplained: true };
    },
  },
  {
    title: 'sorts more than work_mem holds, of a role with the rights of `pg_monitor`',
    evidence: 'the sizes of pg_ls_tmpdir, of files whose names begin with its process id',
    isSampled: true,
    findings: [
      { kind: 'wait', certainty: 'proven', sentence: 'uses temporary files (seen <looks>)' },
      {
        kind: 'temporary_files',
        certainty: 'proven',
        sentence: 'its session has temporary files of at least <size>',
      },
    ],
    never: ['disk', 'work_mem'],
    async produce(stage) {
      return { asked: await sortMuch(stage, await stage.session('report', 'monitor')), isExplained: true };
    },
  },
  {
    title: 'computes',
    evidence: 'samples without a wait event',
    isSampled: true,
    findings: [
      { kind: 'computing', certainty: 'observed', sentence: 'computed, or waited for a CPU, <looks>' },
    ],
    never: ['saturated'],
    async produce(stage) {
      const session = await stage.session();
      return { asked: stage.start(session, LOOP('perform sqrt(2)')) };
    },
  },
  {
    title: 'computes, as many others do',
    evidence: 'active sessions without a wait event; the number of cores is unknown',
    isSampled: true,
    isLong: true,
    findings: [
      { kind: 'computing', certainty: 'observed', sentence: 'computed, or waited for a CPU, <looks>' },
      {
        kind: 'computing',
        certainty: 'possible',
        sentence:
          '<n> of <n> active sessions execute at the same time, which may be more than the server has cores',
      },
    ],
    never: ['saturated'],
    async produce(stage) {
      const sessions = await Promise.all(Array.from({ length: 5 }, () => stage.session()));
      const [asked] = sessions.map((session) => stage.start(session, LOOP('perform sqrt(3)')));
      if (asked === undefined) throw new Error('No session');
      return { asked };
    },
  },
  {
    title: 'waits for a lock inside the server',
    evidence: 'samples of LWLock/…, and other sessions with the same',
    isSampled: true,
    isLong: true,
    findings: [
      {
        kind: 'wait',
        certainty: 'observed',
        sentence: 'waited inside the server (BufferContent) <looks>, as <n> others do now',
      },
    ],
    async produce(stage) {
      await stage.createTable('hot');
      const sessions = await Promise.all(Array.from({ length: 16 }, () => stage.session()));
      // All change the same page.
      const [asked] = sessions.map((session, index) =>
        stage.start(
          session,
          LOOP(`update hot set amount = amount + 1 where id = ${(index % 10) + 1}; commit`),
        ),
      );
      if (asked === undefined) throw new Error('No session');
      return { asked };
    },
  },
  {
    title: 'extends a table, as many others do',
    evidence: 'samples of Lock/extend',
    isSampled: true,
    isLong: true,
    findings: [
      {
        kind: 'wait',
        certainty: 'observed',
        sentence: 'waited to extend `log` <looks>, as <n> others do now',
      },
    ],
    async produce(stage) {
      const owner = await stage.session();
      await owner.query('create table log (pad text)');
      const sessions = await Promise.all(Array.from({ length: 24 }, () => stage.session()));
      const [asked] = sessions.map((session) =>
        stage.start(
          session,
          LOOP('insert into log select repeat(md5(random()::text), 60) from generate_series(1, 100); commit'),
        ),
      );
      if (asked === undefined) throw new Error('No session');
      return { asked };
    },
  },
  {
    title: 'runs in parallel',
    evidence: 'samples of the session and of its parallel workers',
    isSampled: true,
    findings: [
      { kind: 'wait', certainty: 'observed', sentence: 'slept in pg_sleep, which it calls, <looks>' },
      { kind: 'wait', certainty: 'observed', sentence: 'waited for its parallel workers <looks>' },
    ],
    async produce(stage) {
      const session = await stage.session();
      await session.query('create table big as select id from generate_series(1, 1000) id');
      await session.query('alter table big set (parallel_workers = 2)');
      await session.query(
        "create function slowly(id int) returns int language plpgsql parallel safe as 'begin perform pg_sleep(1); return id; end'",
      );
      for (const setting of [
        'parallel_setup_cost = 0',
        'parallel_tuple_cost = 0',
        'parallel_leader_participation = off',
      ]) {
        await session.query(`set ${setting}`);
      }
      return { asked: stage.start(session, 'select count(*) from big where slowly(id) > 0') };
    },
  },
];

async function remoteQuery(stage: Parameters<Scenario['produce']>[0]): ReturnType<Scenario['produce']> {
  const session = await stage.session();
  const asked = stage.start(
    session,
    `select * from dblink('${stage.connectionString}', 'select pg_sleep(1000)::text') t(t text)`,
  );
  await stage.see(session, "wait_event_type = 'Extension'");
  return { asked };
}

/** Starts a query that sorts again and again, with temporary files. */
async function sortMuch(stage: Stage, session: Session): Promise<Asked> {
  await session.query("set work_mem = '64kB'");
  await session.query('set max_parallel_workers_per_gather = 0');
  const sort =
    "perform count(*) from (select repeat('x', 900) || id from generate_series(1, 30000) id order by 1) s";
  return stage.start(session, LOOP(sort));
}
