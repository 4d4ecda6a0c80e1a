import type { Backend } from '../answer';
import type { Subject } from '../contracts';
import { progressOf } from './progress';

/** An operation of 5 s, whose connection is idle after the same text. */
const backend = { state: 'idle', proof: 'port', isSameText: true } as Backend;
const subject = { ageSeconds: 5, isPaced: false, eventLoopDelaySeconds: 0 } as Subject;

const sentence = (changes: Partial<Backend>) =>
  progressOf({ ...backend, ...changes }, subject)?.finding?.sentence;

describe('an idle session whose last query has the text of the operation', () => {
  it('has answered it, if the query is as old as the operation', () => {
    expect(sentence({ querySeconds: 5.1, stateSeconds: 5 })).toContain(
      'the server answered after 0.1 s, 5.0 s ago',
    );
  });

  it('may have answered it or not received it, if the query is older: a question may take 2 s', () => {
    expect(sentence({ querySeconds: 5.5, stateSeconds: 5.4 })).toBeUndefined();
    expect(sentence({ querySeconds: 9, stateSeconds: 4 })).toBeUndefined();
  });

  it('has not received it, if it was idle for 2 s before the operation began', () => {
    expect(sentence({ querySeconds: 8, stateSeconds: 7.1 })).toContain('has not received it');
  });

  it('is not proven by the text alone', () => {
    expect(sentence({ querySeconds: 8, stateSeconds: 7.1, proof: 'candidate' })).toBeUndefined();
  });
});

it('a query of the same text that seems older than the operation is the operation: the server was slow to answer', () => {
  expect(progressOf({ ...backend, state: 'active', querySeconds: 6 }, subject)).toBeUndefined();
});
