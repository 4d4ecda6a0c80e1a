import { isAddress, Target } from './target';
import { warnings } from './warnings';

const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});

const attributes = (server: Parameters<typeof Target.of>[0]) => Target.of(server).attributes;

it('names server and database', () => {
  expect(attributes({ host: 'db.example', port: 6543, database: 'shop' })).toEqual({
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'server.address': 'db.example',
    'server.port': 6543,
  });
});

it('leaves out the default port, an invalid port, and the port of a Unix socket', () => {
  for (const server of [
    { host: 'db', port: 5432 },
    { host: 'db', port: Number.NaN },
    { host: 'db', port: undefined },
  ]) {
    expect(attributes(server)).toEqual({ 'db.system.name': 'postgresql', 'server.address': 'db' });
  }
  expect(attributes({ host: '/run/postgresql', port: 6543 })).not.toHaveProperty(['server.port']);
});

it('writes an endpoint as the conventions do', () => {
  expect(Target.of({ host: 'db', port: 5432 }).endpoint).toBe('db:5432');
  expect(Target.of({ host: '::1', port: 5432 }).endpoint).toBe('[::1]:5432');
  expect(Target.of({ host: '/run/postgresql', port: 5432 }).endpoint).toBe('/run/postgresql');
  expect(Target.of({}).endpoint).toBe('localhost');
});

it('is shared by clients of one database', () => {
  expect(Target.of({ host: 'a', port: 1, database: 'x' })).toBe(
    Target.of({ host: 'a', port: '1', database: 'x' }),
  );
});

it.each([
  ['a host', { host: 'postgres://app:hunter2@db/shop', port: 5432, database: 'shop' }],
  ['a host that is a name and a secret', { host: 'token:hunter2', port: 5432, database: 'shop' }],
  ['a URL without its colon', { host: 'postgres//app:hunter2/db', port: 5432, database: 'shop' }],
  ['a database', { host: 'db', port: 5432, database: 'postgres://app:hunter2@db/shop' }],
  ['a part of the host', { host: '34', port: 12, database: 'hunter2@db/shop' }],
])('all settings are replaced when credentials may be in %s', (_, server) => {
  const target = Target.of(server);
  expect(target).toBe(Target.unparsable);
  expect(target.endpoint).toBe('[unparsable]');
  expect(target.attributes).toEqual({
    'db.system.name': 'postgresql',
    'db.namespace': '[unparsable]',
    'server.address': '[unparsable]',
  });
});

it('warns once that the settings could not be parsed, without including them', () => {
  Target.of({ host: 'db', database: 'password=hunter2' });
  Target.of({ host: 'db', database: 'password=hunter3' });
  expect(emitWarning).toHaveBeenCalledTimes(1);
  expect(warnings().filter(({ code }) => code === 'PG_OTEL_CONNECTION_STRING')).toHaveLength(1);
  expect(JSON.stringify(warnings())).not.toContain('hunter');
});

it.each(['constructor', '__proto__', 'toString'])('a database may be called %s', (database) => {
  expect(Target.of({ host: 'db', database }).namespace).toBe(database);
});

it('has no server attributes when the server is not known', () => {
  expect(Target.unknown.attributes).toEqual({ 'db.system.name': 'postgresql' });
  expect(Target.unknown.endpoint).toBe('');
});

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['fe80::1%eth0', true],
  ['localhost', false],
  ['1.example', false],
])('%s is an address: %s', (host, is) => expect(isAddress(host)).toBe(is));
