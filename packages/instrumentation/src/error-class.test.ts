import { classifyError } from './error-class';

const withCode = (code: unknown) => Object.assign(new Error('user data'), { code });
class OwnError extends Error {}

const cases: [string, unknown, string, string | undefined, string][] = [
  ['a SQLSTATE', withCode('23505'), '23505', '23505', '23505 unique_violation'],
  ['a SQLSTATE of a class of letters', withCode('XX000'), 'XX000', 'XX000', 'XX000 internal_error'],
  ['a SQLSTATE nobody has named', withCode('ZZ123'), 'ZZ123', 'ZZ123', 'ZZ123'],
  ['a code of the system with five letters', withCode('EPIPE'), 'EPIPE', undefined, 'EPIPE'],
  [
    'a code of Node',
    withCode('ERR_SOCKET_BAD_PORT'),
    'ERR_SOCKET_BAD_PORT',
    undefined,
    'ERR_SOCKET_BAD_PORT',
  ],
  ['a code that is user data', withCode('alice@example.com'), 'Error', undefined, 'Error'],
  ['a code that is no text', withCode(42), 'Error', undefined, 'Error'],
  ['a timeout of the driver', new Error('Query read timeout'), 'timeout', undefined, 'timeout'],
  ['a class of its own', new OwnError('user data'), 'OwnError', undefined, 'OwnError'],
  ['a text', 'user data', 'string', undefined, 'string'],
  ['nothing', null, 'object', undefined, 'object'],
  ['an object without a class', Object.create(null), '_OTHER', undefined, '_OTHER'],
];

for (const [name, error, type, sqlState, description] of cases) {
  it(name, () => expect(classifyError(error)).toEqual({ type, sqlState, description }));
}

it('an error whose getters throw', () => {
  const hostile = {
    get code(): string {
      throw new Error('mine');
    },
  };
  expect(classifyError(hostile).type).toBe('_OTHER');
});
