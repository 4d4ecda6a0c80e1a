import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { sanitizeSql } from './sanitize';

describe('sanitizeSql on any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\'"$-/*\\\n aEU&1.eé?;()\0\ud800') }),
  );

  it('never makes it longer', () => {
    fc.assert(
      fc.property(anyText, (text) => sanitizeSql(text).length <= text.length),
      fuzz(2000),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => sanitizeSql(sanitizeSql(text)) === sanitizeSql(text)),
      fuzz(2000),
    );
  });
});
