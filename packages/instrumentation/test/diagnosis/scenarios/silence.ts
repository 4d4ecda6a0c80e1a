import Cursor from 'pg-cursor';
import type { Scenario } from '../scenario';

/** What looks like a reason, and is none. */
export const silence: readonly Scenario[] = [
  {
    title: 'has ended, while its session executes another one',
    evidence: 'the text of the session differs',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, 'select 1');
      stage.start(session, 'select pg_sleep(1000)');
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked };
    },
  },
  {
    title: 'is a cursor whose rows are all read',
    evidence: 'state `idle`; the consumer has not closed it',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      const text = 'select generate_series(1, 3)';
      const cursor = new Cursor(text);
      const asked = stage.submit(session, cursor, text, { isPaced: true });
      await cursor.read(10);
      await stage.see(session, "state = 'idle'");
      return { asked };
    },
  },
  {
    title: 'has the number of a session by accident',
    evidence: 'neither port nor text prove the session',
    findings: [],
    async produce(stage) {
      const [session, stranger] = [await stage.session(), await stage.session()];
      stage.start(stranger, 'select pg_sleep(1000) as other');
      await stage.see(stranger, "wait_event = 'PgSleep'");
      const asked = stage.start(session, 'select pg_sleep(1000) as ours', { pid: stranger.processID });
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked };
    },
  },
  {
    title: 'has the number of a session without a text by accident',
    evidence: 'an empty text proves nothing',
    findings: [],
    async produce(stage) {
      const [session, stranger] = [await stage.session(), await stage.session()];
      await stranger.query('set track_activities = off');
      stage.start(stranger, 'select pg_sleep(1000) as other');
      await stage.see(stranger, "wait_event = 'PgSleep'");
      const ours = stage.start(session, 'select pg_sleep(1000) as ours', { pid: stranger.processID });
      await stage.see(session, "wait_event = 'PgSleep'");
      // Nor is the text of ours known.
      return { asked: { ...ours, text: '' } };
    },
  },
  {
    title: 'lost a session that may be a pooler’s',
    evidence: 'a process id that no session has, while nothing proves that process ids are real',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      return { asked: { ...stage.start(session, 'select pg_sleep(1000)'), pid: 4_194_304 } };
    },
  },
];
