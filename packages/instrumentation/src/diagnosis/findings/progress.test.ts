import type { Backend } from '../answer';
import type { Subject } from '../contracts';
import { progressOf } from './progress';

/** An operation of 5 s, whose connection is idle after the same text. */
const backend = { state: 'idle', proof: 'port', isSameText: true } as Backend;
const subject = { ageSeconds: 5, isPaced: false, eventLoopDelaySeconds: 0 } as Subject;

const sentence = (changes: Partial<Backend>) =>
  progressOf({ ...backend, ...changes }, subject)?.finding?.sentence;

describe('an idle session whose last query has the text of the operation', () => {
  it('has answered it, if it became idle after the operation began', () => {
    expect(sentence({ querySeconds: 5.1, stateSeconds: 4.9 })).toContain(
      'the server answered after 0.2 s, 4.9 s ago',
    );
  });

  it('has answered it or not received it, if it became idle when the operation began: the text may have run before', () => {
    expect(sentence({ querySeconds: 5.1, stateSeconds: 5.02 })).toContain(
      'the server does not execute it: its session has been idle for 5.0 s, because the answer is not read here, or the query has not arrived',
    );
  });

  it('has answered it, if its text contains the span of the operation', () => {
    const spanContext = {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
    };
    const text = `select 1 /*traceparent='00-${spanContext.traceId}-${spanContext.spanId}-01'*/`;
    const idle = { ...backend, querySeconds: 5.1, stateSeconds: 5.0999, text, proof: 'candidate' } as const;
    const finding = progressOf(idle, { ...subject, spanContext })?.finding;
    expect(finding?.sentence).toContain('the server answered after 0.1 ms');
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
    expect(sentence({ querySeconds: 5.1, stateSeconds: 4, proof: 'candidate' })).toBeUndefined();
  });
});

it('a query of the same text that seems older than the operation is the operation: the server was slow to answer', () => {
  expect(progressOf({ ...backend, state: 'active', querySeconds: 6 }, subject)).toBeUndefined();
});
