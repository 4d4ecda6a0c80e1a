import type { Subject } from './contracts';
import { questionAbout } from './question';

const subject: Subject = {
  key: 1,
  pid: 8123,
  port: 40_000,
  ageSeconds: 5,
  text: 'select 1',
  summary: 'select',
  parameterCount: 0,
  isPaced: false,
  spanContext: undefined,
  eventLoopDelaySeconds: 0,
};

const ROUTE = { pid: 8124, port: 40_001, peer: '192.0.2.1', peerPort: 5432 };

/** Reads what the question asks, as the server does. */
function asked(changes: Partial<Subject>) {
  const [, escaped = ''] =
    /jsonb_to_recordset\(E'((?:\\.|[^'\\]|'')*)'::jsonb\)/.exec(
      questionAbout([{ ...subject, ...changes }], ROUTE),
    ) ?? [];
  return JSON.parse(escaped.replace(/''|\\\\/g, (pair) => pair.charAt(0)))[0];
}

describe('questionAbout', () => {
  it('asks by process id, port and text', () => {
    expect(asked({})).toEqual({
      k: 1,
      pid: 8123,
      port: 40_000,
      age: 5,
      q: 'select 1',
      cut: false,
      trace: null,
    });
  });

  it.each([0, -5, 4_194_305, 2_000_000_000])(
    'asks by text alone if the process id is a pooler’s (%d)',
    (pid) => {
      expect(asked({ pid }).pid).toBeNull();
    },
  );

  it.each([
    ["it's $1, $2 and \\'", "it's $1, $2 and \\'"],
    ['a half of a pair: \ud83d', 'a half of a pair: \ufffd'],
    ['\ude00 and the other', '\ufffd and the other'],
    ['ends\0here', 'ends'],
    ['😀', '😀'],
  ])('keeps %j as the server has it', (text, q) => {
    expect(asked({ text })).toMatchObject({ q, cut: false });
  });

  it('compares the beginning of a long text, without half a character', () => {
    const { q, cut } = asked({ text: `${'x'.repeat(2047)}😀 end` });
    expect(q).toBe('x'.repeat(2047));
    expect(cut).toBe(true);
  });
});
