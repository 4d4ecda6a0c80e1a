import type { Chain, Session } from '../answer';
import type { Subject } from '../contracts';
import { lockFindings } from './lock';

const session: Session = {
  pid: 1,
  port: undefined,
  role: 'shop',
  isOwnRole: true,
  applicationName: undefined,
  type: 'client backend',
  state: 'active',
  waitEvent: 'Lock/relation',
  text: undefined,
  transactionSeconds: undefined,
  querySeconds: undefined,
  stateSeconds: undefined,
  lock: { type: 'relation', mode: 'AccessShareLock', seconds: 4.84, key: undefined },
  relation: 'orders',
  otherWaiters: 0,
  blockers: [],
  sameWait: 0,
  progress: undefined,
  isVacuum: false,
  prepared: undefined,
};
const backend: Chain['backend'] = {
  ...session,
  proof: 'port',
  candidates: 1,
  isSameText: true,
  queryId: undefined,
  samples: new Map(),
};
const subject = { spanContext: undefined } as Subject;
const server = { active: 1, activeWithoutWait: 0, deadlockTimeoutSeconds: 1, freeConnections: 100 };

function sentences(chain: Partial<Chain>): string[] {
  return lockFindings({ backend, blockers: [], ...chain }, subject, server, { session: () => undefined }).map(
    ({ certainty, sentence }) => `${certainty}: ${sentence}`,
  );
}

const waiting = (pid: number): Session => ({ ...session, pid });
const autovacuum: Session = {
  ...session,
  pid: 9,
  role: undefined,
  isOwnRole: false,
  type: undefined,
  state: undefined,
  lock: undefined,
  isVacuum: true,
};

describe('lock findings', () => {
  it('a chain that is longer than the answer has no root', () => {
    const blockers = [2, 3, 4, 5, 6, 7, 8, 9].map(waiting);
    expect(sentences({ blockers })).toEqual([
      'proven: has waited 4.8 s for a lock on `orders`, queued behind pid 2, which waits for pid 3, which waits over 5 more sessions for pid 9, which waits as well',
    ]);
  });

  it('autovacuum that has not given way may prevent wraparound', () => {
    expect(sentences({ blockers: [autovacuum] })).toEqual([
      'proven: has waited 4.8 s for a lock on `orders`, held by autovacuum (pid 9)',
      'possible: autovacuum gives way after 1.0 s, except to prevent wraparound, which it may do',
    ]);
  });

  it('autovacuum whose text is visible prevents wraparound for certain', () => {
    const text = 'autovacuum: VACUUM public.orders (to prevent wraparound)';
    expect(sentences({ blockers: [{ ...autovacuum, text }] })[1]).toBe(
      'proven: this autovacuum prevents wraparound and does not give way',
    );
  });

  it('before PostgreSQL 14, the time of the wait is left out', () => {
    const lock = { type: 'tuple', mode: 'ExclusiveLock', seconds: undefined, key: undefined };
    const root = { ...waiting(2), lock: undefined, state: 'idle in transaction', stateSeconds: 12.2 };
    expect(sentences({ backend: { ...backend, lock }, blockers: [root] })).toEqual([
      'proven: waits for a row of `orders`, held by pid 2, whose transaction has been idle for 12 s',
    ]);
  });

  it('a lock that extends a table has no chain: its holders change within milliseconds', () => {
    const lock = { type: 'extend', mode: 'ExclusiveLock', seconds: 0.001, key: undefined };
    expect(sentences({ backend: { ...backend, lock }, blockers: [waiting(2)] })).toEqual([]);
  });

  it('an application name cannot look like another part of the sentence', () => {
    const root = { ...waiting(2), lock: undefined, state: 'idle', role: 'billing', isOwnRole: false };
    expect(sentences({ blockers: [{ ...root, applicationName: 'a", pid 1); b\n' }] })[0]).toContain(
      'held by role billing ("a?, pid 1); b?", pid 2)',
    );
  });

  it('carries the attributes of the collector’s receiver', () => {
    const root = { ...waiting(2), lock: undefined, blockers: [2, 3] };
    const [finding] = lockFindings({ backend, blockers: [root] }, subject, server, {
      session: () => undefined,
    });
    expect(finding?.attributes).toEqual({
      'postgresql.wait_event_type': 'Lock',
      'postgresql.wait_event': 'relation',
      'postgresql.blocking.pids': '{2,3}',
      'postgresql.blocking.wait_duration': 4,
      'postgresql.blocking.lock.mode': 'AccessShareLock',
      'postgresql.blocking.lock.type': 'relation',
      'postgresql.blocking.lock.relation': 'orders',
    });
  });
});
