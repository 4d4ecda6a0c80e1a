import { EventEmitter } from 'node:events';
import type { PgClient, PgPool } from '../pg-pool';
import { LoadMeter } from './load-meter';

/** A pool whose events a test emits. */
function startMeter(max = 4) {
  let millis = 0;
  const pool = Object.assign(new EventEmitter(), { options: { max }, waitingCount: 0, totalCount: max });
  const onError = jest.fn();
  const meter = new LoadMeter(pool as unknown as PgPool, () => millis, onError);
  const clients = Array.from({ length: max }, () => ({}) as PgClient);
  return {
    pool,
    meter,
    onError,
    at: (time: number) => {
      millis = time;
    },
    acquire: (client: number) => pool.emit('acquire', clients[client]),
    release: (client: number, error?: Error) => pool.emit('release', error, clients[client]),
    ignore: (client: number) => meter.ignore(clients[client] as PgClient),
  };
}

it('measures use time, utilisation and checkouts of a tick', () => {
  const { meter, at, acquire, release } = startMeter(4);
  acquire(0);
  at(200);
  acquire(1);
  at(500);
  release(0);
  at(700);
  release(1);
  at(1000);

  expect(meter.sample()).toEqual({
    seconds: 1,
    checkouts: 2,
    meanWaitSeconds: 0,
    useSeconds: 0.5,
    utilisation: 0.25,
    waiting: 0,
    used: 0,
    total: 4,
    max: 4,
  });
});

it.each([0, Number.NaN, -1])('has a utilisation when the application sets max to %p', (max) => {
  const { pool, meter, at } = startMeter();
  pool.options.max = max;
  at(1000);
  expect(meter.sample().utilisation).toBe(0);
});

it('measures the mean wait by the length of the queue', () => {
  const { pool, meter, at, acquire, release } = startMeter(1);
  acquire(0);
  at(100);
  release(0);
  acquire(0);
  pool.waitingCount = 2;
  release(0);
  acquire(0);
  at(600);
  pool.waitingCount = 1;
  release(0);
  acquire(0);
  at(1000);
  pool.waitingCount = 0;

  // Two wait for 0.5 s, falling to one, and one for 0.4 s, falling to none: 1.5 × 0.5 + 0.5 × 0.4, by four checkouts.
  expect(meter.sample().meanWaitSeconds).toBeCloseTo((1.5 * 0.5 + 0.5 * 0.4) / 4, 9);
});

it('counts a checkout that lasts for several ticks as used in each, and its use time at the release', () => {
  const { meter, at, acquire, release } = startMeter(2);
  acquire(0);
  at(1000);
  expect(meter.sample()).toMatchObject({ used: 1, utilisation: 0.5, useSeconds: undefined, checkouts: 1 });
  at(2000);
  expect(meter.sample()).toMatchObject({ used: 1, utilisation: 0.5, useSeconds: undefined, checkouts: 0 });
  at(2500);
  release(0);
  at(3000);
  expect(meter.sample()).toMatchObject({ used: 0, utilisation: 0.25, useSeconds: 2.5, checkouts: 0 });
});

it('ignores the release of a connection that was acquired before', () => {
  const { meter, at, release } = startMeter();
  release(0);
  at(1000);

  expect(meter.sample()).toMatchObject({ used: 0, utilisation: 0, useSeconds: undefined });
});

it('counts what requests returned without an error as served, also if they had it before', () => {
  const { meter, onError, acquire, release, ignore } = startMeter();
  acquire(0);
  release(0);
  release(1);
  acquire(2);
  const error = new Error('broken');
  release(2, error);
  acquire(3);
  ignore(3);
  release(3);

  expect(meter.served).toBe(2);
  expect(onError.mock.calls).toEqual([[error, expect.anything()]]);
  meter.sample();
  expect(meter.served).toBe(0);
});

it('reports a queue that nobody leaves as a long wait', () => {
  const { pool, meter, at } = startMeter();
  pool.waitingCount = 10;
  at(1000);
  meter.sample();
  at(2000);

  expect(meter.sample()).toMatchObject({ checkouts: 0, waiting: 10, meanWaitSeconds: 10 });
});

it('leaves no listener behind', () => {
  const { pool, meter } = startMeter();
  meter.stop();

  expect(pool.eventNames()).toEqual([]);
});
