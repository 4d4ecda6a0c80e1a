import type { Backend, Server, Session } from '../answer';
import type { Certainty, Finding } from '../contracts';
import { waitEventAttributes } from './wait-event';
import { code, others } from './words';

/** The share of samples from which a wait is reported. */
const MIN_SHARE = 0.15;
/** From this share on, the session computes most of the time. */
const COMPUTING_SHARE = 0.5;
/** So many sessions that run at once may exhaust the cores of the server. */
const MIN_RUNNING = 4;

/** Counted samples with wait events of one class. */
interface Seen {
  /** The most frequent event: type and name. */
  readonly event: string;
  readonly name: string;
  readonly looks: string;
  /** Whether all samples are of this class. */
  readonly isAlways: boolean;
  readonly backend: Session;
}

interface WaitClass {
  readonly events: RegExp;
  /** The least share of samples. Default {@link MIN_SHARE}. */
  readonly minShare?: number;
  readonly certainty: (seen: Seen) => Certainty;
  readonly sentence: (seen: Seen) => string;
}

const proven = (): Certainty => 'proven';
const observed = (): Certainty => 'observed';
const provenIfAlways = ({ isAlways }: Seen): Certainty => (isAlways ? 'proven' : 'observed');

/** The first class that matches an event counts it. The order is that of the findings. Names differ in case by version. */
const classes: readonly WaitClass[] = [
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
      const queue = otherWaiters > 0 ? `, as ${others(otherWaiters, 'do')}` : '';
      return `waits to extend ${table} by a page${isAlways ? '' : ` ${looks}`}${queue}`;
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
    events: /^client\/clientwrite$/i,
    certainty: observed,
    sentence: ({ looks }) => `waited for this process to read rows ${looks}`,
  },
  {
    events: /^client\/clientread$/i,
    certainty: observed,
    sentence: ({ looks }) => `waited for the next message of this process ${looks}`,
  },
  {
    events: /./,
    certainty: observed,
    sentence: ({ looks, event }) => `waited for ${event} ${looks}`,
  },
];

const NO_WAIT = '-';

/** What an operation that waits for no other session does, as counted samples. */
export function waitFindings({ samples, ...backend }: Backend, server: Server): Finding[] {
  const total = sum(samples.values());
  const left = new Map(samples);
  left.delete(NO_WAIT);
  const findings = classes.flatMap(({ events, minShare = MIN_SHARE, certainty, sentence }): Finding[] => {
    const matching = [...left].filter(([event]) => events.test(event));
    for (const [event] of matching) left.delete(event);
    const [most] = matching.sort(([, a], [, b]) => b - a);
    const times = sum(matching.map(([, count]) => count));
    if (most === undefined || times < total * minShare) return [];
    const [event] = most;
    const seen = {
      event,
      name: event.split('/')[1] ?? event,
      looks: looks(times, total),
      isAlways: times === total,
      backend,
    };
    return [
      {
        kind: 'wait',
        certainty: certainty(seen),
        sentence: sentence(seen),
        attributes: waitEventAttributes(event),
      },
    ];
  });
  return [...findings, ...computingFindings(samples.get(NO_WAIT) ?? 0, total, server)];
}

/** A session without a wait event executes, or waits for the operating system to let it. The server does not know which. */
function computingFindings(times: number, total: number, { active, activeWithoutWait }: Server): Finding[] {
  if (times === 0 || times < total * COMPUTING_SHARE) return [];
  const sentence = `computed, or waited for a CPU, ${looks(times, total)}`;
  const findings: Finding[] = [{ kind: 'computing', certainty: 'observed', sentence }];
  if (activeWithoutWait >= MIN_RUNNING) {
    findings.push({
      kind: 'computing',
      certainty: 'possible',
      sentence: `${activeWithoutWait} of ${active} active sessions execute at the same time, which may be more than the server has cores`,
    });
  }
  return findings;
}

const looks = (times: number, total: number): string => `in ${times} of ${total} looks`;

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);
