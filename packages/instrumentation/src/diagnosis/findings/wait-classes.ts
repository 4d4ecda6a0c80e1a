import type { Session } from '../answer';
import type { Certainty, FindingKind, Subject } from '../contracts';
import { eventLoopClause } from './event-loop';
import { code, others } from './words';

/** Counted samples with wait events of one class. */
interface Seen {
  /** The most frequent event: type and name. */
  readonly event: string;
  readonly name: string;
  readonly looks: string;
  /** Whether all samples are of this class. */
  readonly isAlways: boolean;
  readonly backend: Session;
  readonly subject: Subject;
}

interface WaitClass {
  readonly events: RegExp;
  /** Default `wait`. */
  readonly kind?: FindingKind;
  /** The least share of samples. Default 0.15. */
  readonly minShare?: number;
  readonly certainty: (seen: Seen) => Certainty;
  readonly sentence: (seen: Seen) => string;
}

const proven = (): Certainty => 'proven';
const observed = (): Certainty => 'observed';
const provenIfAlways = ({ isAlways }: Seen): Certainty => (isAlways ? 'proven' : 'observed');

/** The first class that matches an event counts it. The order is that of the findings. Names differ in case by version. */
export const waitClasses: readonly WaitClass[] = [
  {
    events: /^client\/clientwrite$/i,
    kind: 'unread_by_client',
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks, subject }) =>
      `${isAlways ? 'the server waits for this process to read rows' : `the server waited for this process to read rows ${looks}`}${eventLoopClause(subject)}`,
  },
  {
    events: /^client\/clientread$/i,
    kind: 'cursor_idle',
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks }) =>
      isAlways
        ? 'the server waits for the next message of this process, and has nothing to do until then'
        : `the server waited for the next message of this process ${looks}`,
  },
  {
    events: /^timeout\/pgsleep$/i,
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks }) =>
      isAlways ? 'sleeps in pg_sleep, which it calls' : `slept in pg_sleep, which it calls, ${looks}`,
  },
  {
    events: /^ipc\/syncrep$/i,
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks }) =>
      isAlways
        ? 'waits for a synchronous standby to confirm the commit'
        : `waited for a synchronous standby to confirm the commit ${looks}`,
  },
  {
    events: /^extension\/(dblink|postgresfdw)/i,
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks, name }) =>
      isAlways ? `waits for another server (${name})` : `waited for another server (${name}) ${looks}`,
  },
  {
    // Before PostgreSQL 17, all extensions have the same event.
    events: /^extension\//i,
    certainty: provenIfAlways,
    sentence: ({ isAlways, looks, name }) =>
      isAlways
        ? `waits in an extension (${name}), for example for another server`
        : `waited in an extension (${name}), for example for another server, ${looks}`,
  },
  {
    events: /^io\/buffile/i,
    minShare: 0,
    certainty: proven,
    sentence: ({ looks }) => `uses temporary files (seen ${looks})`,
  },
  {
    events: /^lock\/extend$/i,
    certainty: provenIfAlways,
    sentence({ backend: { relation, otherWaiters }, looks, isAlways }) {
      const table = relation === undefined ? 'a table' : code(relation);
      const queue = otherWaiters > 0 ? `, as ${others(otherWaiters, 'do')} now` : '';
      return isAlways ? `waits to extend ${table}${queue}` : `waited to extend ${table} ${looks}${queue}`;
    },
  },
  {
    events: /^lwlock\//i,
    certainty: observed,
    sentence: ({ name, looks, backend: { sameWait } }) =>
      `waited inside the server (${name}) ${looks}${sameWait > 0 ? `, as ${others(sameWait, 'do')} now` : ''}`,
  },
  {
    // From PostgreSQL 18 on, a read is an asynchronous operation that is waited for.
    events: /^io\/(datafile(read|prefetch)|aio.*)$/i,
    certainty: observed,
    sentence: ({ looks }) => `read table files ${looks}`,
  },
  {
    events: /^io\/wal/i,
    certainty: observed,
    sentence: ({ looks, name }) => `wrote the write-ahead log (${name}) ${looks}`,
  },
  {
    events: /^ipc\/(executegather|parallelfinish|messagequeue.*)$/i,
    certainty: observed,
    sentence: ({ looks }) => `waited for its parallel workers ${looks}`,
  },
  {
    events: /./,
    certainty: observed,
    sentence: ({ looks, event }) => `waited for ${event} ${looks}`,
  },
];
