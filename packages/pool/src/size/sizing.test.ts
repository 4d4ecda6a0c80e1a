import { Pool } from 'pg';
import { type PoolOptions, readOptions } from '../options';
import { pgPool } from '../pg-pool';
import { serverOf } from '../server';
import { LoadMeter } from './load-meter';
import { Sizing } from './sizing';

function sizingOf(max: number, options: PoolOptions) {
  const pool = pgPool(new Pool({ host: 'db.example', max }));
  const settings = readOptions(options, pool, serverOf(pool));
  return { pool, sizing: new Sizing(pool, settings, new LoadMeter(pool)) };
}

let emitWarning: jest.SpyInstance;
beforeEach(() => {
  emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => emitWarning.mockRestore());

it('a size outside of the bounds is corrected, and restored at the end', () => {
  const { pool, sizing } = sizingOf(12, { max: 5 });
  expect(sizing.tick(false, undefined)).toMatchObject({ from: 12, to: 5, reason: 'bounds', isApplied: true });
  expect(sizing.size).toMatchObject({ max: 5, advised: undefined, decidedBy: 'act' });
  sizing.stop();
  expect(pool.options.max).toBe(12);
});

it('advice leaves the size as it is', () => {
  const { pool, sizing } = sizingOf(12, { max: 5, mode: 'advise' });
  expect(sizing.tick(false, undefined)).toMatchObject({ from: 12, to: 5, isApplied: false });
  expect(pool.options.max).toBe(12);
  expect(sizing.size).toMatchObject({ max: 12, advised: 5, decidedBy: 'advise' });
});

it('a size that the application sets stays, with one warning', () => {
  const { pool, sizing } = sizingOf(4, { max: 8 });
  sizing.tick(false, undefined);
  for (const max of [12, 20]) {
    pool.options.max = max;
    expect(sizing.tick(false, undefined)).toMatchObject({ from: max, to: 8, isApplied: false });
    expect(sizing.size).toMatchObject({ max, advised: 8, decidedBy: 'application' });
  }
  expect(emitWarning.mock.calls).toEqual([
    [
      expect.stringContaining('was set to 12 by the application'),
      { type: 'PgOtelWarning', code: 'PG_OTEL_POOL_MAX' },
    ],
  ]);
  sizing.stop();
  expect(pool.options.max).toBe(20);
});

it('a size that the application sets as a text is the number in it', () => {
  const { pool, sizing } = sizingOf(4, { max: 8 });
  sizing.tick(false, undefined);
  Object.assign(pool.options, { max: '20' });
  expect(sizing.tick(false, undefined)).toMatchObject({ from: 20, to: 8, isApplied: false });
  expect(sizing.size).toMatchObject({ max: 20, advised: 8, decidedBy: 'application' });
  sizing.stop();
  expect(pool.options.max).toBe('20');
});

it('the smaller share of the server applies, of the limits and of the fleet', () => {
  const { pool, sizing } = sizingOf(20, { limits: { serverConnections: 43, processes: 2 } });
  expect(sizing.size.share).toBe(19);
  sizing.tick(false, { instances: 5, budget: 40, share: 8 });
  expect(pool.options.max).toBe(8);
  expect(sizing.size).toMatchObject({ max: 8, share: 8 });
});

it('the size stays while the server is down', () => {
  const { sizing } = sizingOf(12, { max: 5 });
  expect(sizing.tick(true, undefined)).toBeUndefined();
});
