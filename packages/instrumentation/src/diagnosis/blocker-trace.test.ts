import type { SpanContext } from '@opentelemetry/api';
import type { Session } from './answer';
import { blockerTrace } from './blocker-trace';
import type { OwnSession } from './contracts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const comment = `/*traceparent='00-${TRACE}-${SPAN}-01'*/`;
const remote = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };
const span = (spanId: string): SpanContext => ({ traceId: TRACE, spanId: spanId.repeat(16), traceFlags: 1 });

const traceOf = (session: Partial<Session>, own?: Partial<OwnSession>) =>
  blockerTrace({ pid: 8, port: 5, ...session } as Session, {
    session: (pid, port) => (pid === 8 && port === 5 ? (own as OwnSession | undefined) : undefined),
  });

describe('a session of this process', () => {
  it('belongs to the operation that runs on it', () => {
    const running = { summary: 'UPDATE accounts', spanContext: span('1') };
    expect(traceOf({ text: comment }, { running, holder: span('2') })).toEqual(span('1'));
  });

  it('belongs to the caller that has checked it out, while its transaction is idle', () => {
    expect(traceOf({ text: comment }, { running: undefined, holder: span('2') })).toEqual(span('2'));
  });

  it('belongs to the trace in its text, if nothing else is known', () => {
    expect(traceOf({ text: `SELECT 1 ${comment}` }, {})).toEqual(remote);
  });
});

describe('a session of another process', () => {
  it.each([
    ['before its statement', `${comment} UPDATE accounts SET total = 1`],
    ['before a statement that the server cut', `${comment} UPDATE accounts SET name = 'x`],
    ['after its statement', `UPDATE accounts SET total = 1 ${comment}`],
    ['before the last semicolon', `UPDATE accounts SET total = 1 ${comment};`],
    [
      'among other keys',
      `SELECT 1 /*action='%2Fpay',traceparent='00-${TRACE}-${SPAN}-01',tracestate='a%3D1'*/`,
    ],
    ['after another comment', `/* pay */ ${comment} SELECT 1`],
  ])('belongs to the trace in the comment %s', (_, text) => {
    expect(traceOf({ text })).toEqual(remote);
  });

  it('has the flags of its trace: a trace that is not sampled is not exported', () => {
    expect(traceOf({ text: comment.replace("-01'", "-00'") })?.traceFlags).toBe(0);
  });

  it.each([
    ['that is hidden', undefined],
    ['without a comment', 'SELECT 1'],
    ['with the trace in a literal', `SELECT '${comment}'`],
    ['with a comment in its middle', `SELECT ${comment} 1`],
    ['that the server cut within the comment', `SELECT 1 ${comment}`.slice(0, -10)],
    ['with an invalid trace', `SELECT 1 ${comment.replace(TRACE, '0'.repeat(32))}`],
    ['with an invalid span', `SELECT 1 ${comment.replace(SPAN, '0'.repeat(16))}`],
    ['with another version', `SELECT 1 ${comment.replace("'00-", "'ff-")}`],
    ['with a trace in capitals', `SELECT 1 ${comment.replace(TRACE, TRACE.toUpperCase())}`],
  ])('has no trace with a text %s', (_, text) => {
    expect(traceOf({ text })).toBeUndefined();
  });

  it('has none if it is a prepared transaction', () => {
    expect(traceOf({ pid: 0, text: comment })).toBeUndefined();
  });
});
