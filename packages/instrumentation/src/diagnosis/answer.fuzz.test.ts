import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { readAnswer } from './answer';
import type { Subject } from './contracts';
import { findingsOf } from './findings/findings';

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

const words = [
  'active',
  'idle',
  'Lock/tuple',
  'port',
  'text',
  'candidate',
  'tuple',
  'relation',
  '',
  null,
  1,
  0,
  -1,
  true,
];
const field = fc.oneof(fc.constantFrom(...words), fc.jsonValue({ maxDepth: 2 }));
const names = [
  'k',
  'd',
  'pid',
  'port',
  'blockers',
  'how',
  'candidates',
  'role',
  'is_own_role',
  'app',
  'type',
  'state',
  'wait',
  'samples',
  'query_id',
  'query',
  'is_same_text',
  'xact_s',
  'query_s',
  'state_s',
  'same_wait',
  'lock',
  'mode',
  'lock_s',
  'key',
  'rel',
  'others',
  'progress',
  'is_vacuum',
  'prepared',
];
const step = fc.tuple(
  fc.record({
    k: fc.constant(1),
    d: fc.nat(2),
    pid: fc.constantFrom(8123, 1, 2, 0),
    how: fc.constantFrom('port', 'text', 'candidate'),
  }),
  fc.dictionary(fc.constantFrom(...names), field),
);
const document = fc.record({
  steps: fc.array(step.map(([known, random]) => ({ ...known, ...random }))),
  absent: field,
  way: fc.oneof(field, fc.dictionary(fc.constantFrom('has_pids', 'is_one_server'), field)),
  server: fc.dictionary(fc.constantFrom('active', 'no_wait', 'deadlock_timeout_s', 'free'), field),
});

function isSane(text: string | null): void {
  const answer = readAnswer([[[text]]]);
  if (answer === undefined) return;
  const findings = findingsOf(answer, subject, { session: () => undefined });
  for (const { sentence } of findings) {
    expect(sentence).not.toMatch(/undefined|NaN|\[object|null/);
  }
}

describe('readAnswer', () => {
  it('reads any answer of the question’s form, and findings never contain what is missing', () => {
    fc.assert(
      fc.property(document, (answer) => isSane(JSON.stringify(answer))),
      fuzz(300),
    );
  });

  it('reads any JSON', () => {
    fc.assert(fc.property(fc.json(), isSane), fuzz(300));
  });

  it.each([null, '', 'select', '[]', '{"steps": 1}'])('refuses %j', (text) => {
    expect(readAnswer([[[text]]])).toBeUndefined();
  });

  it('refuses an answer without rows', () => {
    expect(readAnswer([])).toBeUndefined();
    expect(readAnswer([[]])).toBeUndefined();
  });
});
