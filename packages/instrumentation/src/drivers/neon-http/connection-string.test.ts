import { Target } from '../../target';
import { targetOf } from './connection-string';

it.each([
  [
    'postgresql://user:secret@ep-cool-1-pooler.eu.aws.neon.tech/shop?sslmode=require',
    'ep-cool-1-pooler.eu.aws.neon.tech',
    5432,
    'shop',
  ],
  ['postgres://user:secret@db:80/shop', 'db', 80, 'shop'],
  ['postgresql://user:secret@[::1]:6543/shop', '::1', 6543, 'shop'],
  ['postgresql://user:p%40ss@db/a%20b', 'db', 5432, 'a b'],
  ['postgresql://user@db/', 'db', 5432, undefined],
])('reads host, port and database of %s', (connectionString, address, port, namespace) => {
  expect(targetOf(connectionString)).toMatchObject({ address, port, namespace });
  expect(JSON.stringify(targetOf(connectionString))).not.toContain('secret');
});

it.each([
  'nonsense',
  '',
  'postgresql://',
  'postgresql://user@db/%zz',
  undefined,
  () => 'postgresql://u@db/shop',
])('gives an unknown target for %p', (connectionString) =>
  expect(targetOf(connectionString)).toBe(Target.unknown),
);
