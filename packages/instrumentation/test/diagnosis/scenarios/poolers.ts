import type { Scenario } from '../scenario';
import { changeRow } from './rows';

/** What a pooler sends as a process id, and hides. */
const POOLED = { pid: -1_234_567_890, port: undefined };
const UPDATE = 'update accounts set amount = 2 where id = 1';

/** The process ids of poolers are random numbers, and the connection for questions shows that. */
const BEHIND_POOLER = { pid: 1_234_567 };

/** Behind a pooler, only the text finds the session. */
export const poolers: readonly Scenario[] = [
  {
    title: 'waits for a row, behind a pooler',
    evidence: 'the only session with our text and our age',
    findings: [
      {
        kind: 'lock',
        certainty: 'observed',
        sentence:
          'has waited <time> for a row of `accounts`, held by worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      return {
        asked: await stage.block(await stage.session(), `${UPDATE} /* alone */`, POOLED),
        route: BEHIND_POOLER,
      };
    },
  },
  {
    title: 'waits for a row, behind a pooler, as others with the same text do',
    evidence: 'all sessions with our text and our age have the same root',
    findings: [
      {
        kind: 'lock',
        certainty: 'observed',
        sentence:
          'waits for a row of `accounts`, behind worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      const text = `${UPDATE} /* among others */`;
      const sessions = await Promise.all(['1', '2', '3'].map((name) => stage.session(name)));
      const [asked] = sessions.map((session) => stage.start(session, text, POOLED));
      for (const session of sessions) await stage.see(session, "wait_event_type = 'Lock'");
      if (asked === undefined) throw new Error('No session');
      return { asked, route: BEHIND_POOLER };
    },
  },
  {
    title: 'has the same text as a query that waits for a lock, behind a pooler',
    evidence: 'the sessions with our text and our age disagree',
    findings: [],
    async produce(stage) {
      const holder = await stage.session();
      await holder.query('select pg_advisory_lock(502)');
      const text =
        "select case current_setting('application_name') when 'blocked' then pg_advisory_lock(502) else pg_sleep(1000) end";
      const names = ['blocked', 'blocked', 'sleeping'];
      const sessions = await Promise.all(names.map((name) => stage.session(name)));
      const [asked] = sessions.map((session) => stage.start(session, text, POOLED));
      for (const session of sessions) await stage.see(session, "wait_event_type in ('Lock', 'Timeout')");
      if (asked === undefined) throw new Error('No session');
      return { asked, route: BEHIND_POOLER };
    },
  },
  {
    title: 'is queued by a pooler, while another client executes the same text',
    evidence: 'the session’s query is younger than ours, and its text has no trace of ours',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, 'select pg_sleep(1000) /* younger */', POOLED);
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked: { ...asked, startedAt: asked.startedAt - 5_000 }, route: BEHIND_POOLER };
    },
  },
  {
    title: 'is queued by a pooler, while another client has executed the same text in its transaction',
    evidence: 'an idle session with our text and our age may be another client’s',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      await session.query('begin');
      const asked = stage.start(session, 'select 1 /* of another client */', POOLED);
      await stage.see(session, "state = 'idle in transaction' and query like '%another client%'");
      return { asked, route: BEHIND_POOLER };
    },
  },
  {
    title: 'waits for a row, behind a pooler whose process id is that of a session by accident',
    evidence: 'as behind a pooler: the connection for questions shows that process ids are not the server’s',
    findings: [
      {
        kind: 'lock',
        certainty: 'observed',
        sentence:
          'has waited <time> for a row of `accounts`, held by worker-7 (pid <pid>), whose transaction has been idle for <time>; last statement `update accounts`',
      },
    ],
    async produce(stage) {
      await changeRow(stage, 'worker-7');
      const stranger = await stage.session();
      const session = await stage.session();
      const asked = await stage.block(session, `${UPDATE} /* by accident */`, { pid: stranger.processID });
      return { asked, route: BEHIND_POOLER };
    },
  },
  {
    title: 'was queued by a pooler, and has the trace in its text',
    evidence: 'the session’s text contains our trace',
    findings: [{ kind: 'wait', certainty: 'observed', sentence: 'sleeps in pg_sleep, which it calls' }],
    async produce(stage) {
      const session = await stage.session();
      const spanContext = {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 1,
      };
      const text = `select pg_sleep(1000) /*traceparent='00-${spanContext.traceId}-${spanContext.spanId}-01'*/`;
      const asked = stage.start(session, text, { ...POOLED, spanContext });
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked: { ...asked, startedAt: asked.startedAt - 5_000 }, route: BEHIND_POOLER };
    },
  },
];
