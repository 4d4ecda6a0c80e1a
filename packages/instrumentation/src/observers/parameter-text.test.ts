import { nodePlatform } from '../node/platform';
import { parameterTexts } from './parameter-text';

const parameterText = (value: unknown, maxLength = 100): string | undefined =>
  parameterTexts([value], maxLength, nodePlatform.isProxy)[0];

const deep = { a: { b: { c: { d: 1 } } } };
const circle: Record<string, unknown> = {};
circle['itself'] = circle;

const cases: [string, unknown, string][] = [
  ['a text', 'abc', 'abc'],
  ['a number', 1.5, '1.5'],
  ['minus zero', -0, '0'],
  ['a bigint', 10n, '10'],
  ['a boolean', true, 'true'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['binary', Buffer.from('hi'), '\\x6869'],
  ['nothing binary', Buffer.alloc(0), '\\x'],
  ['numbers in memory', new Float64Array(2), '[Float64Array]'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a date that is none', new Date(Number.NaN), 'Invalid Date'],
  ['an array', [1, 'a', [], [2n]], "[ 1, 'a', [], [ 2 ] ]"],
  ['a sparse array', new Array(2), '[ undefined, undefined ]'],
  ['an object', { a: 1, b: { c: 'd' }, e: {} }, "{ a: 1, b: { c: 'd' }, e: {} }"],
  ['a deep object', deep, '{ a: { b: { c: [Object] } } }'],
  ['an object in itself', circle, '{ itself: { itself: { itself: [Object] } } }'],
  ['a function', () => 'secret', '[Function]'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
];

for (const [name, value, text] of cases) {
  it(name, () => expect(parameterText(value)).toBe(text));
}

it('each value is cut', () => {
  expect(parameterText('x'.repeat(1000), 10)).toBe('x'.repeat(10));
  expect(parameterText(Buffer.alloc(10_000_000), 10)).toBe('\\x00000000');
  expect(parameterText(new Array(2 ** 32 - 1), 10)).toBe('[ undefine');
  expect(parameterText([{ ['k'.repeat(1000)]: 1 }], 10)).toBe('[ { kkkkkk');
});

it('text beyond the cut is not read', () => {
  const read = jest.spyOn(Object, 'getOwnPropertyDescriptor');
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key_${n}`, n]));
  parameterText({ many: [many, many] }, 20);
  const count = read.mock.calls.length;
  read.mockRestore();
  expect(count).toBeLessThan(10);
});

describe('runs no code of a value:', () => {
  const mine = (): never => {
    throw new Error('mine');
  };
  class OwnBytes extends Uint8Array {
    override subarray = mine;
    override get length(): number {
      return mine();
    }
    override toString = mine;
    override [Symbol.iterator] = mine;
    static get [Symbol.species](): never {
      return mine();
    }
  }
  class OwnDate extends Date {
    override getTime = mine;
    override toISOString = mine;
    override [Symbol.toPrimitive] = mine;
  }
  class OwnArray extends Array {
    override map = mine;
    override [Symbol.iterator] = mine;
    override entries = mine;
  }
  const everyTrap = new Proxy({}, { get: () => mine });
  const getters = {
    toPostgres: mine,
    toJSON: mine,
    get [Symbol.toStringTag](): string {
      return mine();
    },
    get hidden(): string {
      return mine();
    },
    set written(_: unknown) {
      mine();
    },
  };

  it.each<[string, unknown, string]>([
    [
      'an object',
      getters,
      '{ toPostgres: [Function], toJSON: [Function], hidden: [Getter], written: [Getter] }',
    ],
    ['an array', Object.defineProperty([1], 0, { get: mine }), '[ [Getter] ]'],
    ['a subclass of Array', OwnArray.of(1), '[ 1 ]'],
    ['a subclass of Uint8Array', new OwnBytes([1, 2]), '\\x0102'],
    ['a subclass of Date', new OwnDate(0), '1970-01-01T00:00:00.000Z'],
    ['a function', Object.assign(() => {}, { toString: mine }), '[Function]'],
    ['a Proxy', new Proxy({}, everyTrap), '[Proxy]'],
    ['a Proxy of an array', [new Proxy([], everyTrap)], '[ [Proxy] ]'],
    ['a Proxy of bytes', new Proxy(new Uint8Array(1), everyTrap), '[Proxy]'],
    [
      'a child of a Proxy',
      Object.create(new Proxy({}, everyTrap), { a: { value: 1, enumerable: true } }),
      '{ a: 1 }',
    ],
  ])('%s', (_, value, text) => expect(parameterText(value)).toBe(text));

  it('runs no code of the list of values', () => {
    expect(parameterTexts(OwnArray.of('a', 'b'), 10, nodePlatform.isProxy)).toEqual(['a', 'b']);
    expect(parameterTexts(new Proxy(['a'], everyTrap), 10, nodePlatform.isProxy)).toEqual([]);
  });

  it('does not read objects when Proxies cannot be detected', () => {
    const values = [new Proxy({}, everyTrap), [1], new Date(0), Buffer.from('a'), 'a'];
    expect(parameterTexts(values, 100, undefined)).toEqual([
      '[object]',
      '[object]',
      '1970-01-01T00:00:00.000Z',
      '\\x61',
      'a',
    ]);
  });
});
