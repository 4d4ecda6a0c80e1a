import { bodyOf } from './body';

const SLOW = 'pg_otel.operation.slow';
const ENDED = 'pg_otel.operation.ended';
const FAILED = 'db.client.operation.exception';
const HELD = 'pg_otel.connection.held';
const query = { 'pg_otel.operation.kind': 'query', 'db.query.summary': 'SELECT orders' };
const connect = { 'pg_otel.operation.kind': 'connect', 'server.address': 'db.example.com' };
const acquire = { 'pg_otel.operation.kind': 'acquire', 'db.client.connection.pool.name': 'shop' };
const slow = (limit: number, elapsed: number, running = 1) => ({
  'pg_otel.operation.limit': limit,
  'pg_otel.operation.elapsed': elapsed,
  'pg_otel.operation.running': running,
});

it.each([
  [SLOW, { ...query, ...slow(5, 5.04) }, 'SELECT orders has been running for 5.0 s (threshold 5 s)'],
  [
    SLOW,
    { ...query, ...slow(1, 61.2, 3) },
    'SELECT orders has been running for 61 s (threshold 1 s), the oldest of 3',
  ],
  [SLOW, { ...query, ...slow(1, 1.31, 0) }, 'SELECT orders took 1.3 s (threshold 1 s)'],
  [
    SLOW,
    { ...connect, ...slow(0.25, 0.26) },
    'A connection to db.example.com has been opening for 0.26 s (threshold 0.25 s)',
  ],
  [
    SLOW,
    { ...acquire, ...slow(1, 2.5) },
    'A request for a connection of pool shop has been waiting for 2.5 s (threshold 1 s)',
  ],
  [ENDED, { ...query, ...slow(5, 80) }, 'SELECT orders ended after 80 s (threshold 5 s)'],
  [
    ENDED,
    { ...query, ...slow(5, 80.4), 'error.type': '57014', 'pg_otel.operation.count': 12 },
    'SELECT orders failed with 57014 after 80 s (threshold 5 s), 12 times',
  ],
  [FAILED, { ...query, 'error.type': '42P01' }, 'SELECT orders failed with 42P01'],
  [
    FAILED,
    { ...connect, 'error.type': 'ECONNREFUSED', 'pg_otel.operation.count': 25 },
    'A connection to db.example.com failed with ECONNREFUSED, 25 times',
  ],
  [FAILED, { 'pg_otel.operation.kind': 'query', 'error.type': '42601' }, 'A query failed with 42601'],
  [
    HELD,
    {
      'db.client.connection.pool.name': 'shop',
      'pg_otel.connection.held_time': 30.2,
      'pg_otel.connection.limit': 30,
      'pg_otel.connection.held_count': 1,
    },
    'A connection of pool shop has been checked out for 30 s (threshold 30 s)',
  ],
  [
    HELD,
    {
      'db.client.connection.pool.name': 'shop',
      'pg_otel.connection.held_time': 91,
      'pg_otel.connection.limit': 30,
      'pg_otel.connection.held_count': 4,
    },
    '4 connections of pool shop are checked out, the oldest for 91 s (threshold 30 s)',
  ],
])('%s', (eventName, attributes, body) => {
  expect(bodyOf(eventName, attributes)).toBe(body);
});

it('never contains text, parameters or messages, though the event has them', () => {
  const body = bodyOf(FAILED, {
    ...query,
    'error.type': '23505',
    'exception.message': 'hunter2',
    'db.query.text': 'hunter2',
    'db.query.parameter.0': 'hunter2',
  });
  expect(body).toBe('SELECT orders failed with 23505');
});
