import Cursor from 'pg-cursor';
import type { Scenario } from '../scenario';

/** A proxy shows the server another port of the connection that asks. */
const HIDDEN_PORTS = { port: 1 };
/** The connection that asks leads to an address that is not the server's own. */
const BALANCED = { peer: '192.0.2.1' };

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
    evidence: 'the port differs, and the text',
    findings: [],
    async produce(stage) {
      const [session, stranger] = [await stage.session(), await stage.session()];
      stage.start(stranger, 'select pg_sleep(1000) as other');
      await stage.see(stranger, "wait_event = 'PgSleep'");
      const asked = stage.start(session, 'select pg_sleep(1000) as ours', { pid: stranger.processID });
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked, route: HIDDEN_PORTS };
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
      return { asked: { ...ours, text: '' }, route: HIDDEN_PORTS };
    },
  },
  {
    title:
      'runs on another server behind a balancer, where a session has its number and executes the same text',
    evidence: 'the query of the session is older',
    findings: [],
    async produce(stage) {
      const text = 'select pg_sleep(1000) /* on each server */';
      const [session, stranger] = [await stage.session(), await stage.session()];
      stage.start(stranger, text);
      await stage.see(stranger, "now() - query_start > interval '1 s'");
      const asked = stage.start(session, text, { pid: stranger.processID });
      return { asked, route: { ...HIDDEN_PORTS, ...BALANCED } };
    },
  },
  {
    title: 'runs on another server behind a balancer, where no session has its number',
    evidence: 'the address of the server is not the one that was connected to',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      return { asked: { ...stage.start(session, 'select pg_sleep(1000)'), pid: 4_194_304 }, route: BALANCED };
    },
  },
  {
    title: 'lost a session that may be a pooler’s',
    evidence: 'a process id that no session has, as those of poolers',
    findings: [],
    async produce(stage) {
      const session = await stage.session();
      const asked = stage.start(session, 'select pg_sleep(1000)', { pid: 4_194_304 });
      return { asked: { ...asked, text: 'select 1 /* has no session */' }, route: { pid: 4_194_303 } };
    },
  },
];
