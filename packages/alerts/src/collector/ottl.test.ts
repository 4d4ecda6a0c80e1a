import { allOf, anyOf, noneOf, number, set, text, wholeValue } from './ottl';

describe('a string', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['back\\slash', String.raw`"back\\slash"`],
    ['two\nlines\ttab', String.raw`"two\nlines\ttab"`],
    [
      'bell\u0007 delete\x7f next\u0085 line\u2028',
      String.raw`"bell\u0007 delete\u007f next\u0085 line\u2028"`,
    ],
    ['\ufeffmark', String.raw`"\ufeffmark"`],
    ['ü 😀', '"ü 😀"'],
    // Go has no escape for lone surrogates.
    ['half \ud83d', '"half \ufffd"'],
  ])('%j is a Go literal', (value, literal) => {
    expect(text(value)).toBe(literal);
  });

  it('contains each dollar sign twice, which the collector reads as one', () => {
    expect(text('$HOME $$ $')).toBe('"$$HOME $$$$ $$"');
    expect(wholeValue('a|b')).toBe('"^(?:a|b)$$"');
  });
});

it.each([
  [1, '1'],
  [0.5, '0.5'],
  [86_400, '86400'],
  [0.0000001, '0.0000001'],
  [0.00000025, '0.00000025'],
])('the number %d has no exponent', (value, literal) => {
  expect(number(value)).toBe(literal);
});

it('conditions are combined by and, or and not', () => {
  expect(allOf(['a', 'b'])).toBe('a and b');
  expect(anyOf(['a'])).toBe('a');
  expect(anyOf(['a', 'b'])).toBe('(a or b)');
  expect(noneOf(['a', 'b'])).toBe('not (\n  a\n  or b\n)');
  expect(set('x', '1')).toBe('set(x, 1)');
  expect(set('x', '1', ['a', 'b'])).toBe('set(x, 1) where a and b');
});
