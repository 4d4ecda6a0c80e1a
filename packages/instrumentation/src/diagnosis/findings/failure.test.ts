import { findingsOfFailure } from './failure';

describe('findings of a question without an answer', () => {
  it('a server without connection slots is a finding', () => {
    const failure = { phase: 'connect', reason: 'refused', code: '53300' } as const;
    expect(findingsOfFailure(failure)).toEqual([
      {
        kind: 'slots_exhausted',
        certainty: 'proven',
        sentence: 'the server accepts no further connections (server, role or database is at its limit)',
      },
    ]);
  });

  it.each([
    ['connect', 'a second connection to the server cannot be opened either: no answer within 2 s'],
    ['answer', 'a second connection to the server gets no answer within 2 s either'],
  ] as const)('a side connection without an answer (%s) is a finding', (phase, sentence) => {
    expect(findingsOfFailure({ phase, reason: 'timeout', code: undefined })).toEqual([
      { kind: 'unreachable', certainty: 'proven', sentence },
    ]);
  });

  it('a refused question explains nothing', () => {
    expect(findingsOfFailure({ phase: 'connect', reason: 'refused', code: '28P01' })).toEqual([]);
    expect(findingsOfFailure({ phase: 'answer', reason: 'refused', code: '57014' })).toEqual([]);
  });
});
