import { isAddress, Target } from './target';

const attributes = (server: Parameters<typeof Target.of>[0]) => Target.of(server).attributes;

it('names server and database', () => {
  expect(attributes({ host: 'db.example', port: 6543, database: 'shop' })).toEqual({
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'server.address': 'db.example',
    'server.port': 6543,
  });
});

it('leaves out the default port, a port that is none, and the port of a unix socket', () => {
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

it('says nothing of a server that nobody tells', () => {
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
