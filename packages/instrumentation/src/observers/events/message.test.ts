import { MESSAGE_LIMIT, messageWithoutSecrets } from './message';

it.each([
  'duplicate key value violates unique constraint "people_pkey"',
  'password authentication failed for user "app"',
  'column "password" does not exist',
  'connect ECONNREFUSED 127.0.0.1:5432',
  'canceling statement due to statement timeout',
])('%s: is reported as it is', (message) => expect(messageWithoutSecrets(message)).toBe(message));

it.each([
  ['Connection string: x', 'Connection string: ***'],
  ['invalid URL: postgres://app:SECRET@host/db', 'invalid URL: postgres://***'],
  ['cannot parse "postgresql://app:SECRET', 'cannot parse "postgresql://***'],
  ['postgres://app:SE CR"ET@host', 'postgres://***'],
  ['postgres%3A%2F%2Fapp%3ASECRET%40host', 'postgres%3A%2F%2F***'],
  ['connect to host=db password=SECRET user=app', 'connect to host=db password=***'],
  ["password = 'SEC RET'", 'password =***'],
  ['password%3DSECRET', 'password%3D***'],
  ['PGPASSWORD=SECRET', 'PGPASSWORD=***'],
  ['{"password":"SECRET"}', '{"password":***'],
  ['{"client_secret": "SECRET"}', '{"client_secret":***'],
  ['at or near "PASSWORD \'SECRET\'"', 'at or near "PASSWORD ***'],
  ['x-api-key: SECRET', 'x-api-key:***'],
  ['Headers.append: "Bearer SECRET\n" is an invalid header value', 'Headers.append: "Bearer ***'],
  ['Headers.append: "Basic U0VDUkVU" is an invalid header value', 'Headers.append: "Basic ***'],
])('%s: ends before the secret', (message, reported) => {
  expect(messageWithoutSecrets(message)).toBe(reported);
});

it('is cut', () => {
  expect(messageWithoutSecrets('x'.repeat(MESSAGE_LIMIT + 1))).toBe(`${'x'.repeat(MESSAGE_LIMIT)}…`);
});

/** Each would take minutes if it were read from every of its characters to its end. */
it.each(['postgres://', 'postgres:/', 'password', 'password  ', 'basic', ' '])(
  'reads no more than the beginning of a message of 10 MB, of %j',
  (unit) => {
    const message = unit.repeat(10_000_000 / unit.length);
    expect(messageWithoutSecrets(message).length).toBeLessThanOrEqual(MESSAGE_LIMIT + 3);
  },
);
