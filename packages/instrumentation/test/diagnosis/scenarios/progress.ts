import Cursor from 'pg-cursor';
import type { Scenario } from '../scenario';

export const progress: readonly Scenario[] = [
  {
    title: 'the server has answered, and this process has not read',
    evidence: 'an idle session whose last query has our text, and ended after ours began',
    findings: [
      {
        kind: 'answered_unread',
        certainty: 'proven',
        sentence: 'the server answered after <time>, <time> ago; this process has not read the answer',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      session.connection.stream.pause();
      const asked = stage.start(session, "select 'a secret' from pg_sleep(1)");
      await stage.see(session, "state = 'idle' and query like '%a secret%'");
      return { asked };
    },
  },
  {
    title: 'the server has answered at once, and which has its trace in the text',
    evidence: 'an idle session whose last query has our span in its comment',
    findings: [
      {
        kind: 'answered_unread',
        certainty: 'proven',
        sentence: 'the server answered after <time>, <time> ago; this process has not read the answer',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      session.connection.stream.pause();
      const spanContext = {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 1,
      };
      const text = `select 1 /*traceparent='00-${spanContext.traceId}-${spanContext.spanId}-01'*/`;
      const asked = stage.start(session, text, { spanContext });
      await stage.see(session, "state = 'idle' and query like 'select 1 /*traceparent%'");
      return { asked };
    },
  },
  {
    title: 'has not arrived at the server, and whose connection has just executed the same text',
    evidence: 'an idle session whose last query has our text, and ended when ours began',
    findings: [
      {
        kind: 'not_executed',
        certainty: 'proven',
        sentence:
          'the server does not execute it: its session has been idle for <time>, because the answer is not read here, or the query has not arrived',
      },
    ],
    never: ['answered', 'not received'],
    async produce(stage) {
      const session = await stage.session();
      await session.query('select 1');
      session.connection.stream.cork();
      return { asked: stage.start(session, 'select 1') };
    },
  },
  {
    title: 'the server has answered, while the event loop was blocked',
    evidence: 'as before, and the delay of the event loop',
    findings: [
      {
        kind: 'answered_unread',
        certainty: 'proven',
        sentence:
          'the server answered after <time>, <time> ago; this process has not read the answer; the event loop of this process was blocked for <time>',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      session.connection.stream.pause();
      const asked = stage.start(session, 'select pg_sleep(1)', { eventLoopDelaySeconds: 2 });
      await stage.see(session, "state = 'idle' and query = 'select pg_sleep(1)'");
      return { asked };
    },
  },
  {
    title: 'has not arrived at the server',
    evidence: 'a session that was idle for 2 s before the query began',
    findings: [
      {
        kind: 'not_arrived',
        certainty: 'proven',
        sentence: 'the server has not received it: its session has been idle for <time>',
      },
    ],
    never: ['answered'],
    async produce(stage) {
      const session = await stage.session();
      await session.query('select 1');
      await stage.see(session, "now() - state_change > interval '2.1 s'");
      session.connection.stream.cork();
      return { asked: stage.start(session, 'select 1') };
    },
  },
  {
    title: 'waits for an earlier query of its connection',
    evidence: 'an active session whose query is older than ours',
    findings: [
      {
        kind: 'not_arrived',
        certainty: 'proven',
        sentence:
          'the server has not started it: its session has been running an earlier query, `insert orders select`, for <time>',
      },
    ],
    never: ['sleep'],
    async produce(stage) {
      await stage.createTable('orders');
      const session = await stage.session();
      stage.start(session, "insert into orders select 12 from pg_sleep(1000) where 'secret' > ''");
      await stage.see(session, "now() - query_start > interval '1 s'");
      return { asked: stage.start(session, 'select 1') };
    },
  },
  {
    title: 'returns rows that this process does not read',
    evidence: 'state `active`, Client/ClientWrite',
    findings: [
      {
        kind: 'unread_by_client',
        certainty: 'proven',
        sentence: 'the server waits for this process to read rows',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      session.connection.stream.pause();
      const asked = stage.start(session, "select repeat('x', 1000) from generate_series(1, 100000)");
      await stage.see(session, "wait_event = 'ClientWrite'");
      return { asked };
    },
  },
  {
    title: 'is a cursor between two reads',
    evidence: 'state `active`, Client/ClientRead',
    findings: [
      {
        kind: 'cursor_idle',
        certainty: 'proven',
        sentence: 'the server waits for the next message of this process, and has nothing to do until then',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      const text = 'select generate_series(1, 100)';
      const cursor = new Cursor(text);
      const asked = stage.submit(session, cursor, text, { isPaced: true });
      await cursor.read(1);
      await stage.see(session, "wait_event = 'ClientRead'");
      return { asked };
    },
  },
  {
    title: 'lost its session',
    evidence:
      'no session with its process id; the connection for questions shows that neither process ids nor servers are a pooler’s',
    findings: [
      {
        kind: 'session_gone',
        certainty: 'proven',
        sentence: 'the server has no session of its connection (pid <pid>)',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      session.connection.stream.pause();
      const asked = stage.start(session, 'select pg_sleep(1000)');
      await stage.see(session, "wait_event = 'PgSleep'");
      await stage.asAdmin(`select pg_terminate_backend(${session.processID}, 60000)`);
      return { asked };
    },
  },
  {
    title: 'lost its session, whose number another one has',
    evidence: 'the port of the session differs, while the server shows the ports of clients',
    findings: [
      {
        kind: 'session_gone',
        certainty: 'proven',
        sentence: 'the server has no session of its connection (pid <pid>)',
      },
    ],
    never: ['sleep'],
    async produce(stage) {
      const [session, other] = [await stage.session(), await stage.session()];
      const text = 'select pg_sleep(1000) /* again */';
      const asked = stage.start(session, text, { pid: other.processID });
      stage.start(other, text);
      await stage.see(other, "wait_event = 'PgSleep'");
      return { asked };
    },
  },
];
