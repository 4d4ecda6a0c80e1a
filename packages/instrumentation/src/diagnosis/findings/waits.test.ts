import type { Backend } from '../answer';
import type { Subject } from '../contracts';
import { waitFindings } from './waits';

const server = { active: 5, activeWithoutWait: 1, deadlockTimeoutSeconds: 1, freeConnections: 100 };
const subject = { eventLoopDelaySeconds: 0 } as Subject;

function sentences(samples: Record<string, number>, known: Partial<Backend> = {}): string[] {
  const backend = {
    sameWait: 0,
    otherWaiters: 0,
    ...known,
    samples: new Map(Object.entries(samples)),
  } as Backend;
  return waitFindings(backend, subject, server).map(
    ({ kind, certainty, sentence }) => `${kind}, ${certainty}: ${sentence}`,
  );
}

describe('wait findings', () => {
  it('what helps most comes first, not what is most frequent', () => {
    expect(sentences({ 'IO/DataFileRead': 9, 'IO/BuffileWrite': 1, '-': 10 })).toEqual([
      'wait, proven: uses temporary files (seen in 1 of 20 looks)',
      'wait, observed: read table files in 9 of 20 looks',
      'computing, observed: computed, or waited for a CPU, in 10 of 20 looks',
    ]);
  });

  it('events of one class are counted together', () => {
    expect(sentences({ 'IO/DataFileRead': 9, 'IO/AioIoCompletion': 11 })).toEqual([
      'wait, observed: read table files in 20 of 20 looks',
    ]);
  });

  it('an event that is not always there is counted', () => {
    expect(sentences({ 'Client/ClientWrite': 12, '-': 8 })).toEqual([
      'unread_by_client, observed: the server waited for this process to read rows in 12 of 20 looks',
    ]);
  });

  it('rare waits are left out', () => {
    expect(sentences({ 'IO/DataFileRead': 2, '-': 9, 'Timeout/VacuumDelay': 9 })).toEqual([
      'wait, observed: waited for Timeout/VacuumDelay in 9 of 20 looks',
    ]);
  });

  it('an event of a fork is passed on', () => {
    expect(sentences({ 'IO/XactSync': 20 })).toEqual([
      'wait, observed: waited for IO/XactSync in 20 of 20 looks',
    ]);
  });

  it('a lock inside the server names others with the same wait', () => {
    expect(sentences({ 'LWLock/WALWrite': 17, '-': 3 }, { sameWait: 27 })).toEqual([
      'wait, observed: waited inside the server (WALWrite) in 17 of 20 looks, as 27 others do now',
    ]);
  });

  it('without samples, nothing is reported', () => {
    expect(sentences({})).toEqual([]);
  });
});
