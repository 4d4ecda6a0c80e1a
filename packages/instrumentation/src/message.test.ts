import { MESSAGE_LIMIT, messageWithoutSecrets } from './message';

describe('unchanged messages of', () => {
  it.each([
    ['PostgreSQL', 'duplicate key value violates unique constraint "people_pkey"'],
    ['PostgreSQL', 'password authentication failed for user "app"'],
    ['PostgreSQL', 'column "password" does not exist'],
    ['PostgreSQL', 'null value in column "api_key" of relation "people" violates not-null constraint'],
    ['PostgreSQL', 'canceling statement due to statement timeout'],
    ['PostgreSQL', 'syntax error at or near "token"'],
    ['PostgreSQL', 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "shop", no encryption'],
    ['PostgreSQL', 'operator does not exist: text @@ integer'],
    ['node-postgres', 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'],
    ['node-postgres', 'Connection terminated unexpectedly'],
    ['Node', 'connect ECONNREFUSED 127.0.0.1:5432'],
    ['Node', 'getaddrinfo ENOTFOUND db.example'],
    ['PgBouncer', 'server login has been failing, try again later (server_login_retry)'],
    ['PgBouncer', 'query_wait_timeout'],
    [
      'RDS Proxy',
      'This RDS Proxy has no credentials for the role app. Check the credentials for this role and try again.',
    ],
    [
      'Neon',
      "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support or pass the endpoint ID (first part of the domain name) as a parameter: '?options=endpoint%3D<endpoint-id>'.",
    ],
  ])('%s: %s', (_, message) => expect(messageWithoutSecrets(message)).toBe(message));
});

describe('messages are cut before the secret:', () => {
  it.each([
    ['Neon', 'Connection string: x', 'Connection string: ***'],
    [
      'Neon',
      'Database connection string provided to `neon()` is not a valid URL. Connection string: app:SECRET',
      'Database connection string provided to `neon()` is not a valid URL. Connection string: ***',
    ],
    ['Neon', 'endpoint=ep-cool-1;SECRET', 'endpoint=ep-cool-1;***'],
    ['Neon', 'project=ep-cool-1$SECRET', 'project=ep-cool-1$***'],
    ['libpq', 'missing "=" after "SECRET" in connection info string', 'missing "=" after ***'],
    ['libpq', 'invalid connection option "SECRET"', 'invalid connection option ***'],
    ['libpq', 'invalid percent-encoded token: "SECRET%zz"', 'invalid percent-encoded token:***'],
    [
      'libpq',
      'missing key/value separator "=" in URI query parameter: "SECRET"',
      'missing key/value separator "=" in URI query parameter: ***',
    ],
    ['libpq', 'invalid integer value "SECRET" for connection option "port"', 'invalid integer value ***'],
    ['libpq', 'invalid port number: "SECRET"', 'invalid port number: ***'],
    ['PostgreSQL', 'syntax error at or near "PASSWORD \'SECRET\'"', 'syntax error at or near "PASSWORD ***'],
    [
      'PostgreSQL',
      'invalid input syntax for type json: "{\\"password\\": \\"SECRET\\"}"',
      'invalid input syntax for type json: "{"password":***',
    ],
    [
      'undici',
      'Failed to parse URL from https://app:SECRET@host/sql',
      'Failed to parse URL from https://***',
    ],
    ['undici', 'Headers.append: "Bearer SECRET\n" is an invalid header value', 'Headers.append: "Bearer ***'],
    ['undici', 'Headers.append: "Basic U0VDUkVU" is an invalid header value', 'Headers.append: "Basic ***'],
    ['V8', `Unexpected token 'S', "SECRET" is not valid JSON`, 'Unexpected token ***'],
    ['an application', 'cannot parse "postgresql://app:SECRET', 'cannot parse "postgresql://***'],
    ['an application', 'postgres://app:SE CR"ET@host', 'postgres://***'],
    ['an application', 'cannot reach app:SECRET@host', 'cannot reach app:***'],
    ['an application', 'connect to host=db password=SECRET user=app', 'connect to host=db password=***'],
    ['an application', 'sslpassword=SECRET', 'sslpassword=***'],
    ['an application', 'pass=SECRET', 'pass=***'],
    ['an application', 'pass: SECRET', 'pass:***'],
    ['an application', 'PWD=SECRET;', 'PWD=***'],
    ['an application', 'the password is "SECRET"', 'the password is ***'],
    ['an application', "password = 'SEC RET'", 'password =***'],
    ['an application', 'PGPASSWORD=SECRET', 'PGPASSWORD=***'],
    ['an application', '{"password":"SECRET"}', '{"password":***'],
    ['an application', '{"client_secret": "SECRET"}', '{"client_secret":***'],
    ['an application', 'x-api-key: SECRET', 'x-api-key:***'],
    ['an application', 'Authorization: SECRET', 'Authorization:***'],
    ['an application', 'secret=SECRET', 'secret=***'],
    ['an application', 'token: SECRET', 'token:***'],
    ['an application', 'AWS_ACCESS_KEY=SECRET', 'AWS_ACCESS_KEY=***'],
    [
      'an application',
      'db:5432/?Action=connect&X-Amz-Signature=SECRET',
      'db:5432/?Action=connect&X-Amz-Signature=***',
    ],
    ['an application', 'login with eyJhbGciOi.SECRET', 'login with eyJ***'],
    ['an application', '-----BEGIN PRIVATE KEY-----\nSECRET', '-----BEGIN ***'],
    ['percent-encoding', 'postgres%3A%2F%2Fapp%3ASECRET%40host', 'postgres://***'],
    ['percent-encoding', 'password%3DSECRET', 'password=***'],
    ['percent-encoding, twice', 'password%253DSECRET', 'password=***'],
    ['percent-encoding, twice', 'app%25%33%41SECRET%2540host', 'app:***'],
    ['JSON in JSON', '{\\"password\\":\\"SECRET\\"}', '{"password":***'],
    ['JSON in JSON in JSON', '{\\\\\\"password\\\\\\":\\\\\\"SECRET', '{"password":***'],
    ['JSON', 'postgres:\\/\\/app:SECRET\\u0040host', 'postgres://***'],
    ['JSON', 'app\\u003aSECRET\\u0040host', 'app:***'],
    ['an escape before another secret', 'password%3DSECRET Basic SECRET', 'password=***'],
  ])('%s: %s', (_, message, reported) => expect(messageWithoutSecrets(message)).toBe(reported));
});

it('a secret is not shown when the text that identifies it is beyond the limit', () => {
  const message = `${'x '.repeat(MESSAGE_LIMIT / 2 - 4)}app:SECRET@host`;
  expect(message.indexOf('@')).toBeGreaterThan(MESSAGE_LIMIT);
  expect(messageWithoutSecrets(message)).not.toContain('S');
});

it('is cut', () => {
  expect(messageWithoutSecrets('x'.repeat(MESSAGE_LIMIT + 1))).toBe(`${'x'.repeat(MESSAGE_LIMIT)}…`);
});

/** Each would take minutes in quadratic time. */
it.each([
  'postgres://',
  'postgres:/',
  ':',
  'password',
  'password  ',
  'endpoint=a',
  'basic',
  ' ',
  '%25',
  '\\',
  '\\u005c',
  'u005c',
])('reads only the beginning of a message of 10 MB that repeats %j', (unit) => {
  const message = unit.repeat(10_000_000 / unit.length);
  expect(messageWithoutSecrets(message).length).toBeLessThanOrEqual(MESSAGE_LIMIT + 1);
});
