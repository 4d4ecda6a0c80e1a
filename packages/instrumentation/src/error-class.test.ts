import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { classifyError, classNameOf } from './error-class';

const withCode = (code: unknown) => Object.assign(new Error('user data'), { code });
class OwnError extends Error {}
class NeonDbError extends Error {}
class ErrorEvent {
  readonly message = 'user data';
}
const neonError = (message: string, sourceError?: unknown) =>
  Object.assign(new NeonDbError(message), { code: undefined, sourceError });
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });
const abortedBy = () => new DOMException('This operation was aborted', 'AbortError');
function circle(): Error {
  const error = new Error('user data');
  error.cause = error;
  return error;
}

const cases: [string, unknown, string, string | undefined, string][] = [
  ['a SQLSTATE', withCode('23505'), '23505', '23505', '23505 unique_violation'],
  ['a SQLSTATE of a class of letters', withCode('XX000'), 'XX000', 'XX000', 'XX000 internal_error'],
  ['a SQLSTATE without a name', withCode('ZZ123'), 'ZZ123', 'ZZ123', 'ZZ123'],
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
  [
    'an aborted request',
    neonError('Error connecting to database: …', abortedBy()),
    'aborted',
    undefined,
    'aborted',
  ],
  [
    'a request that timed out',
    neonError('Error connecting to database: …', new DOMException('', 'TimeoutError')),
    'timeout',
    undefined,
    'timeout',
  ],
  [
    'a request that was aborted for a reason that is no error',
    neonError('Error connecting to database: enough', 'user data'),
    'aborted',
    undefined,
    'aborted',
  ],
  [
    'an endpoint that refuses',
    neonError('Error connecting to database: …', fetchFailed(withCode('ECONNREFUSED'))),
    'ECONNREFUSED',
    undefined,
    'ECONNREFUSED',
  ],
  [
    'an endpoint that cannot be reached, when fetch has no code',
    neonError('Error connecting to database: Error: Network connection lost.', new Error('user data')),
    'connection_failed',
    undefined,
    'connection_failed',
  ],
  [
    'an answer that is cut',
    fetchFailed(withCode('UND_ERR_SOCKET')),
    'UND_ERR_SOCKET',
    undefined,
    'UND_ERR_SOCKET',
  ],
  ['an event of a WebSocket', { error: withCode('ECONNRESET') }, 'ECONNRESET', undefined, 'ECONNRESET'],
  ['an event without a cause', new ErrorEvent(), 'connection_failed', undefined, 'connection_failed'],
  ['a circle of causes', circle(), 'Error', undefined, 'Error'],
  ['an HTTP status', neonError('Server error (HTTP status 429): user data'), '429', undefined, '429'],
  [
    'a password that Neon refuses without a SQLSTATE',
    neonError("password authentication failed for user 'alice'"),
    '28P01',
    undefined,
    '28P01 invalid_password',
  ],
  [
    'a password that Neon refuses with its general SQLSTATE',
    Object.assign(new Error("password authentication failed for user 'alice'"), { code: 'XX000' }),
    '28P01',
    'XX000',
    '28P01 invalid_password',
  ],
  ['no token', neonError('Error getting auth token: user data'), 'auth_token', undefined, 'auth_token'],
  ...[
    'Database connection string provided to neon() is not a valid URL (connection string: user data)',
    'Wrong URL scheme or missing user, host or database in connection parameters',
    'Connection string must be a string or a function resolving to one',
    'Connection parameter "host" must be a string or a function resolving to one',
    'Please specify one only of user and username',
  ].map((message): (typeof cases)[number] => [
    message,
    neonError(message),
    'invalid_connection_string',
    undefined,
    'invalid_connection_string',
  ]),
  ['a class of the application', new OwnError('user data'), 'OwnError', undefined, 'OwnError'],
  ['a text', 'user data', 'string', undefined, 'string'],
  ['nothing', null, 'object', undefined, 'object'],
  ['an object without a class', Object.create(null), '_OTHER', undefined, '_OTHER'],
];

for (const [name, error, type, sqlState, description] of cases) {
  it(name, () => expect(classifyError(error)).toEqual({ type, sqlState, description }));
}

const throwing = (...names: string[]) => {
  const error = withCode('23505');
  for (const name of names) {
    Object.defineProperty(error, name, {
      get(): never {
        throw new Error('mine');
      },
    });
  }
  return error;
};

describe('an error whose getters throw', () => {
  it('is classified by the properties that can be read', () => {
    expect(classifyError(throwing('message', 'constructor', 'name', 'cause')).type).toBe('23505');
    expect(classifyError(throwing('code')).type).toBe('Error');
    expect(classifyError(throwing('code', 'constructor')).type).toBe('_OTHER');
  });

  it('has a class name', () => {
    expect(classNameOf(throwing('name', 'message', 'code'))).toBe('Error');
    expect(classNameOf(throwing('constructor'))).toBe('Error');
  });

  it('may be a Proxy that was revoked', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('mine'), {});
    revoke();
    expect([classifyError(proxy).type, classNameOf(proxy)]).toEqual(['_OTHER', 'Error']);
  });
});

describe('the name of a class', () => {
  const ofClass = (name: unknown) => Object.assign(Object.create({ constructor: named(name) }), {}) as object;
  const named = (name: unknown) => Object.defineProperty(class {}, 'name', { value: name });

  it.each([
    ['is one', new OwnError(), 'OwnError'],
    ['of what is not an error', { code: 'x' }, 'Object'],
    ['of a text', 'user data', 'string'],
    ['of nothing', undefined, 'undefined'],
    ['of null', null, 'object'],
  ])('%s', (_, error, name) => expect(classNameOf(error)).toBe(name));

  it.each([
    ['an e-mail address', 'alice@example.com'],
    ['100,001 characters', 'E'.repeat(100_001)],
    ['no text', 42],
    ['empty', ''],
    ['a sentence', 'user data'],
  ])('that is %s is not reported', (_, name) => {
    expect(classNameOf(ofClass(name))).toBe('Error');
    expect(classifyError(ofClass(name)).type).toBe('_OTHER');
  });
});

it('does not keep the text from which the name of a class was cut', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const errorOfCutName = () => {
    const whole = Buffer.alloc(2 ** 20, 'ErrorOfTheApplication').toString('latin1');
    return Object.create({
      constructor: Object.defineProperty(class {}, 'name', { value: whole.slice(0, 21) }),
    });
  };
  const used = () => {
    gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = used();
  const names = Array.from({ length: 50 }, () => classNameOf(errorOfCutName()));
  expect(used() - before).toBeLessThan(20);
  expect(new Set(names)).toEqual(new Set(['ErrorOfTheApplication']));
});
