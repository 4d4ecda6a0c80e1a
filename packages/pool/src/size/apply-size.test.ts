import { EventEmitter } from 'node:events';
import { Pool } from 'pg';
import type { PgPool } from '../pg-pool';
import { applySize } from './apply-size';

class Client extends EventEmitter {
  _queryable = true;
  connect(callback: () => void) {
    setImmediate(callback);
  }
  end(callback: () => void) {
    setImmediate(callback);
  }
  ref() {}
  unref() {}
}

/** pg's pool with clients that need no server. */
async function poolOf(max: number) {
  const pool = new Pool({ max, idleTimeoutMillis: 0, Client } as never);
  const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
  return { pool, clients, apply: (size: number) => applySize(pool as unknown as PgPool, size) };
}

const turn = () => new Promise(setImmediate);

it('serves requests that wait as soon as the size grows', async () => {
  const { pool, apply } = await poolOf(1);
  const waiting = [pool.connect(), pool.connect(), pool.connect()];
  expect(pool.waitingCount).toBe(3);

  apply(3);

  await Promise.all(waiting.slice(0, 2));
  expect([pool.totalCount, pool.waitingCount]).toEqual([3, 1]);
});

it('removes surplus idle connections as soon as the size shrinks', async () => {
  const { pool, clients, apply } = await poolOf(4);
  for (const client of clients) client.release();

  apply(1);

  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
});

it('removes surplus checked-out connections when they are released, even if requests wait', async () => {
  const { pool, clients, apply } = await poolOf(4);
  const waiting = pool.connect();

  apply(2);
  for (const client of clients.slice(0, 2)) client.release();
  await turn();

  expect([pool.totalCount, pool.waitingCount]).toEqual([2, 1]);
  clients[2]?.release();
  expect(await waiting).toBe(clients[2]);
});

it('keeps connections that are not surplus any more', async () => {
  const { pool, clients, apply } = await poolOf(4);
  apply(2);
  apply(4);
  for (const client of clients) client.release();
  await turn();

  expect([pool.totalCount, pool.idleCount]).toEqual([4, 4]);
});

it('adds one listener while there is a surplus, and none after', async () => {
  const { pool, clients, apply } = await poolOf(4);
  apply(3);
  apply(2);
  expect(pool.listenerCount('release')).toBe(1);

  for (const client of clients) client.release();

  expect(pool.listenerCount('release')).toBe(0);
  expect(pool.totalCount).toBe(2);
});

it('leaves a pool alone whose end has begun', async () => {
  const { pool, clients, apply } = await poolOf(1);
  // pg-pool never answers a request that waits when the pool ends.
  void pool.connect();
  const ended = pool.end();

  apply(5);

  expect(pool.waitingCount).toBe(1);
  clients[0]?.release();
  await ended;
});
