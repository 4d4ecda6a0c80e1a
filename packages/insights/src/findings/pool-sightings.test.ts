import type { PoolFigures } from '@pg-otel/instrumentation/channels';
import { poolSightings } from './pool-sightings';

const none = { traceId: undefined, spanId: undefined, isSampled: false, takenAt: undefined };
const pool: PoolFigures = {
  poolName: 'shop',
  serverAddress: 'db',
  serverPort: 5432,
  namespace: 'shop',
  used: 2,
  idle: 0,
  active: 0,
  connecting: 0,
  pending: 0,
  limit: 2,
  oldestPendingSeconds: 0,
  held: [
    { ...none, seconds: 40 },
    { ...none, seconds: 12, takenAt: 'at take (app.js:1:1)', traceId: 'b' },
  ],
};

it('connections that are checked out and run nothing are not returned', () => {
  expect(poolSightings(pool)).toEqual([
    {
      kind: 'not_returned',
      poolName: 'shop',
      sentence: 'Pool shop: 2 connections are checked out and run no query, the longest for 40 s',
      takenAt: 'at take (app.js:1:1)',
      traceId: 'b',
    },
  ]);
});

it('the place of a checkout that has just begun is not reported', () => {
  const [longest, recent] = pool.held as [(typeof pool.held)[0], (typeof pool.held)[0]];
  const held = [
    { ...longest, traceId: 'a' },
    { ...recent, seconds: 0.1 },
  ];
  expect(poolSightings({ ...pool, held })).toMatchObject([{ takenAt: undefined, traceId: 'a' }]);
});

it('one connection is one in the sentence', () => {
  const [sighting] = poolSightings({ ...pool, used: 1 });
  expect(sighting?.sentence).toBe('Pool shop: a connection is checked out for 40 s and runs no query');
});

it('requests that wait for them are the larger problem', () => {
  const [sighting] = poolSightings({ ...pool, active: 1, pending: 3, oldestPendingSeconds: 2.1 });
  expect(sighting).toMatchObject({
    kind: 'waits_for_idle',
    sentence:
      '3 requests wait for pool shop, the oldest for 2.1 s, while 1 of its 2 checked-out connections runs no query; the longest is checked out for 40 s',
  });
});

it.each<[string, Partial<PoolFigures>]>([
  ['all connections run queries', { active: 2 }],
  ['all connections run queries, and requests wait', { active: 2, pending: 3, oldestPendingSeconds: 2 }],
  ['one of them runs a query, and nobody waits', { active: 1 }],
  ['requests have not waited for long', { active: 1, pending: 3, oldestPendingSeconds: 0.9 }],
  ['they were checked out just now', { held: [{ ...none, seconds: 3 }] }],
  ['the driver does not show which run queries', { active: undefined }],
  ['nothing is checked out', { used: 0, held: [] }],
])('nothing is reported when %s', (_name, figures) => {
  expect(poolSightings({ ...pool, ...figures })).toEqual([]);
});
