import { nodePlatform } from '../node/platform';
import { parameterText as textWith } from './parameter-text';

const parameterText = (value: unknown, maxLength: number): string =>
  textWith(value, maxLength, nodePlatform.inspect);

const cases: [string, unknown, string][] = [
  ['a text', 'abc', 'abc'],
  ['a number', 1.5, '1.5'],
  ['a bigint', 10n, '10'],
  ['a boolean', true, 'true'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['binary', Buffer.from('hi'), '\\x6869'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an array', [1, 'a'], "[ 1, 'a' ]"],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
];

for (const [name, value, text] of cases) {
  it(name, () => expect(parameterText(value, 100)).toBe(text));
}

it('is cut', () => {
  expect(parameterText('x'.repeat(1000), 10)).toBe('x'.repeat(10));
  expect(parameterText(Buffer.alloc(10_000_000), 10)).toBe('\\x00000000');
});

it('calls nothing of the value', () => {
  const value = {
    toPostgres: () => {
      throw new Error('mine');
    },
    toJSON: () => {
      throw new Error('mine');
    },
    get hidden(): string {
      throw new Error('mine');
    },
  };
  expect(parameterText(value, 100)).toContain('hidden: [Getter]');
  const proxy = new Proxy(
    {},
    {
      get: () => {
        throw new Error('mine');
      },
    },
  );
  expect(() => parameterText(proxy, 100)).not.toThrow();
});
