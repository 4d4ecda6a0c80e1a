import type { LoadSample } from './load-meter';
import type { Resize } from './resize';
import type { SizeBounds } from './size-bounds';
import { SizeController } from './size-controller';

const BOUNDS: SizeBounds = { min: 2, max: 30, share: undefined };

/** Half of the connections are in use for 10 ms, and nobody waits. */
const quiet = (max: number): LoadSample => ({
  seconds: 1,
  checkouts: 50 * max,
  meanWaitSeconds: 0,
  useSeconds: 0.01,
  utilisation: 0.6,
  waiting: 0,
  used: Math.ceil(max / 2),
  total: max,
  max,
});

/** All connections are in use, and requests wait. */
const saturated = (max: number, perSecond: number, useSeconds = max / perSecond): LoadSample => ({
  ...quiet(max),
  checkouts: perSecond,
  meanWaitSeconds: 50 / perSecond,
  useSeconds,
  utilisation: 1,
  waiting: 50,
  used: max,
});

/** A pool that does what the controller decides, unless it only advises. */
class ManagedPool {
  readonly controller = new SizeController();
  readonly decisions: Resize[] = [];
  size: number;
  now = 0;

  constructor(
    size: number,
    private readonly bounds = BOUNDS,
    private readonly isApplied = true,
  ) {
    this.size = size;
  }

  ticks(count: number, load: (max: number) => LoadSample): Resize[] {
    const before = this.decisions.length;
    for (let tick = 0; tick < count; tick++) {
      this.now += 1000;
      const resize = this.controller.decide(load(this.size), this.bounds, this.now);
      if (resize === undefined) continue;
      this.decisions.push(resize);
      if (this.isApplied) this.size = resize.to;
    }
    return this.decisions.slice(before);
  }
}

const steps = (decisions: readonly Resize[]) =>
  decisions.map(({ from, to, reason }) => `${from} to ${to}: ${reason}`);

/** Throughput that grows with the size. */
const uncongested = (max: number) => saturated(max, 100 * max);
/** Throughput that no size changes. */
const congested = (max: number) => saturated(max, 500);

it('stays while nobody waits', () => {
  expect(new ManagedPool(10).ticks(59, quiet)).toEqual([]);
});

it('doubles while each step brings throughput, up to the bound', () => {
  expect(steps(new ManagedPool(4).ticks(20, uncongested))).toEqual([
    '4 to 8: waits',
    '8 to 16: waits',
    '16 to 30: waits',
  ]);
});

it('describes a decision with the figures behind it', () => {
  const pool = new ManagedPool(4);
  pool.ticks(20, quiet);
  const [resize] = pool.ticks(2, (max) => saturated(max, 400));

  expect(resize).toEqual({
    from: 4,
    to: 8,
    reason: 'waits',
    explanation:
      'requests waited 125 ms on average (target 25 ms), and the use time was 10 ms (baseline 10 ms)',
    figures: {
      meanWaitSeconds: 0.125,
      targetWaitSeconds: 0.025,
      waiting: 50,
      useSeconds: 0.01,
      baselineUseSeconds: 0.01,
      checkoutsPerSecond: 400,
      utilisation: 1,
    },
  });
});

it('needs two ticks of waits, unless the queue is longer than the size', () => {
  const pool = new ManagedPool(10);
  pool.ticks(5, quiet);
  const waits = (max: number) => ({ ...quiet(max), meanWaitSeconds: 0.03, waiting: 5, utilisation: 0.9 });

  expect(pool.ticks(1, waits)).toEqual([]);
  expect(pool.ticks(1, quiet)).toEqual([]);
  expect(pool.ticks(1, waits)).toEqual([]);
  expect(pool.ticks(1, waits)).toHaveLength(1);
});

it('undoes growth that brought nothing, and does not try it again', () => {
  const pool = new ManagedPool(10);

  expect(steps(pool.ticks(300, congested))).toEqual([
    '10 to 20: waits',
    '20 to 14: server-saturated',
    '14 to 10: server-saturated',
  ]);
});

it('tries growth again after ten minutes, and undoes it after 30 s', () => {
  const pool = new ManagedPool(10);
  pool.ticks(300, congested);
  const later = pool.ticks(900, congested);

  expect(steps(later).slice(0, 2)).toEqual(['10 to 20: waits', '20 to 14: server-saturated']);
});

it('backs off to the smallest size with the same throughput, where more connections do less', () => {
  // The best is 8: beyond it, each connection takes 3 %.
  const contended = (max: number) => saturated(max, 100 * Math.min(max, 8) * 0.97 ** Math.max(0, max - 8));
  const pool = new ManagedPool(30);
  const reasons = pool.ticks(200, contended).map(({ reason }) => reason);

  expect(contended(pool.size).checkouts).toBeGreaterThan(0.95 * contended(8).checkouts);
  expect(reasons.slice(0, -1)).toEqual(Array(reasons.length - 1).fill('server-saturated'));
  expect(reasons.at(-1)).toBe('throughput-fell');
});

it('does not lower a size whose connections all do something', () => {
  const pool = new ManagedPool(10);
  pool.ticks(60, quiet);
  pool.ticks(60, uncongested);

  expect(steps(pool.decisions)).toEqual(['10 to 20: waits', '20 to 30: waits']);
});

it('grows although the use time has risen, if more connections do more: the server waits for something else', () => {
  const pool = new ManagedPool(10);
  pool.ticks(60, quiet);
  pool.ticks(60, (max) => saturated(max, 20 * max));

  expect(pool.size).toBe(30);
});

it('does not grow in an outage', () => {
  const pool = new ManagedPool(10);
  pool.ticks(60, quiet);
  const nothing = (max: number) => ({
    ...quiet(max),
    checkouts: 0,
    useSeconds: undefined,
    meanWaitSeconds: 100,
    waiting: 100,
    used: max,
    utilisation: 1,
  });

  expect(pool.ticks(120, nothing)).toEqual([]);
});

it('does not take the length of an outage for the use time', () => {
  const pool = new ManagedPool(10);
  pool.ticks(60, quiet);
  pool.ticks(30, (max) => ({
    ...quiet(max),
    checkouts: 0,
    useSeconds: undefined,
    used: max,
    utilisation: 1,
  }));
  pool.ticks(1, (max) => ({ ...quiet(max), useSeconds: 30 }));

  expect(pool.ticks(30, quiet)).toEqual([]);
});

it('shrinks by one every 30 s after a minute with less than half in use', () => {
  const pool = new ManagedPool(10);
  const idle = (max: number) => ({ ...quiet(max), utilisation: 1 / max });

  expect(pool.ticks(60, idle)).toEqual([]);
  expect(steps(pool.ticks(60, idle))).toEqual(['10 to 9: idle', '9 to 8: idle']);
  pool.ticks(600, idle);
  expect(pool.size).toBe(2);
});

it('shrinks although a connection is never returned, as one that listens', () => {
  const pool = new ManagedPool(10);
  pool.ticks(200, (max) => ({
    ...quiet(max),
    checkouts: 0,
    useSeconds: undefined,
    used: 1,
    utilisation: 1 / max,
  }));

  expect(pool.size).toBeLessThan(10);
});

it('does not back off because of one long use', () => {
  const pool = new ManagedPool(10);
  pool.ticks(30, quiet);
  pool.ticks(1, (max) => ({ ...quiet(max), useSeconds: 1 }));

  expect(pool.ticks(20, quiet)).toEqual([]);
});

it('decides nothing from a tick of no time', () => {
  const pool = new ManagedPool(10);
  pool.ticks(5, uncongested);
  const size = pool.size;

  expect(pool.ticks(5, (max) => ({ ...uncongested(max), seconds: 0 }))).toEqual([]);
  expect(pool.size).toBe(size);
});

it('is never above the share, which applies over the least size', () => {
  expect(steps(new ManagedPool(10, { ...BOUNDS, share: 4 }).ticks(3, uncongested))).toEqual([
    '10 to 4: share',
  ]);
  expect(steps(new ManagedPool(10, { ...BOUNDS, share: 0 }).ticks(60, uncongested))).toEqual([
    '10 to 1: share',
  ]);
});

it('is never outside the bounds', () => {
  expect(steps(new ManagedPool(40).ticks(5, quiet))).toEqual(['40 to 30: bounds']);
  expect(steps(new ManagedPool(1).ticks(5, quiet))).toEqual(['1 to 2: bounds']);
});

it('gives the same advice once in ten minutes', () => {
  const pool = new ManagedPool(10, BOUNDS, false);

  expect(steps(pool.ticks(590, congested))).toEqual(['10 to 20: waits']);
  expect(steps(pool.ticks(20, congested))).toEqual(['10 to 20: waits']);
});

it('starts again when the application changes the size', () => {
  const pool = new ManagedPool(10);
  pool.ticks(3, uncongested);
  expect(pool.size).toBe(20);
  pool.size = 5;

  expect(steps(pool.ticks(4, uncongested))).toEqual(['5 to 10: waits']);
});

it('changes the sizes of a fleet together where the server is shared', () => {
  const pool = new ManagedPool(30, { ...BOUNDS, instances: 4 });
  pool.ticks(3, congested);
  const times: number[] = [];
  for (let tick = 0; tick < 60; tick++) if (pool.ticks(1, congested).length > 0) times.push(pool.now / 1000);

  expect(times.length).toBeGreaterThan(3);
  expect(times.every((seconds) => seconds % 10 === 0)).toBe(true);
});
