import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { QueryWindow } from '../queries/query-window';
import { Baselines } from './baselines';
import { LogHistogram } from './log-histogram';

const TICK_SECONDS = 10;

/** Latencies with a heavy tail: lognormal, median 10 ms, p95 about 52 ms. */
function latencies(seed: number, median = 0.01): () => number {
  const random = xoroshiro128plus(seed);
  const next = () => 1 - uniformFloat64(random);
  return () => median * Math.exp(Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
}

/** Runs a statement for some seconds, `perSecond` times each. Returns the deviations that were reported, by second. */
function run(
  baselines: Baselines,
  window: QueryWindow,
  phases: readonly { seconds: number; perSecond: number; latency: () => number }[],
): { at: number; deviations: number }[] {
  const reports: { at: number; deviations: number }[] = [];
  let now = 0;
  for (const { seconds, perSecond, latency } of phases) {
    for (let tick = 0; tick < seconds / TICK_SECONDS; tick += 1) {
      now += TICK_SECONDS * 1000;
      for (let query = 0; query < perSecond * TICK_SECONDS; query += 1) {
        window.add('SELECT orders', latency(), now, false);
      }
      baselines.check(window, now);
      reports.push({ at: now / 1000, deviations: baselines.report().deviations.length });
    }
  }
  return reports;
}

const HOUR = 3600;

it('raises no alarm in 20 hours of a stable statement with a heavy tail', () => {
  let alarms = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const phases = [{ seconds: HOUR, perSecond: 5, latency: latencies(seed) }];
    alarms += run(new Baselines(), new QueryWindow(1000), phases).filter(
      ({ deviations }) => deviations > 0,
    ).length;
  }
  expect(alarms).toBe(0);
});

it('raises no alarm for a change below the minimum effect', () => {
  const [before, after] = [latencies(1, 0.0001), latencies(2, 0.0003)];
  const phases = [
    { seconds: 600, perSecond: 20, latency: before },
    { seconds: 600, perSecond: 20, latency: after },
  ];
  expect(run(new Baselines(), new QueryWindow(1000), phases).some(({ deviations }) => deviations > 0)).toBe(
    false,
  );
});

it.each([3, 5, 10])(
  'notices within a minute that a statement takes %s times as long, and its end',
  (factor) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const reports = run(new Baselines(), new QueryWindow(1000), [
        { seconds: 600, perSecond: 5, latency: latencies(seed) },
        { seconds: 300, perSecond: 5, latency: latencies(100 + seed, 0.01 * factor) },
        { seconds: 300, perSecond: 5, latency: latencies(200 + seed) },
      ]);
      const during = reports.filter(({ deviations }) => deviations > 0).map(({ at }) => at);
      expect(during[0]).toBeGreaterThan(600);
      expect(during[0]).toBeLessThanOrEqual(660);
      expect(during.at(-1)).toBeLessThanOrEqual(1000);
    }
  },
);

it('learns again while a statement is not stable', () => {
  const baselines = new Baselines();
  const phases = [1, 4, 1, 4, 1].map((factor, index) => ({
    seconds: 40,
    perSecond: 5,
    latency: latencies(index, 0.01 * factor),
  }));
  run(baselines, new QueryWindow(1000), phases);
  expect(baselines.report()).toMatchObject({ statements: [], learning: 1 });
});

it('names the deviation with its numbers', () => {
  const baselines = new Baselines();
  const phases = [0.01, 0.08].map((seconds) => ({ seconds: 300, perSecond: 5, latency: () => seconds }));
  run(baselines, new QueryWindow(1000), phases);
  expect(baselines.report().deviations).toEqual([
    expect.objectContaining({
      summary: 'SELECT orders',
      sentence: expect.stringMatching(
        /^SELECT orders: p95 [78]\d(\.\d)? ms, baseline \d+(\.\d)? ms, since \d\d:\d\d$/,
      ),
    }),
  ]);
});

it('keeps what was learnt between starts', () => {
  const baselines = new Baselines();
  run(baselines, new QueryWindow(1000), [{ seconds: 300, perSecond: 5, latency: latencies(1) }]);
  const restored = new Baselines();
  restored.restore(JSON.parse(JSON.stringify(baselines.save())), 0);
  expect(restored.report().statements).toEqual(baselines.report().statements);
  expect(restored.report().statements).toHaveLength(1);
});

it('a damaged or empty statement of a file is learnt again, and a file has at most 500', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`s${nth}`, [[0, 1]]]));
  const restored = new Baselines();
  restored.restore({ a: [[0, 1]], b: [[-1, 1]], c: [], d: 7, ...many } as never, 0);
  const { statements } = restored.report();
  expect(statements.map(({ summary }) => summary).slice(0, 2)).toEqual(['a', 's0']);
  expect(statements).toHaveLength(497);
});

it('quantiles are within 5 % of the durations', () => {
  const histogram = new LogHistogram();
  for (let millis = 1; millis <= 1000; millis += 1) histogram.add(millis / 1000);
  for (const quantile of [0.5, 0.95, 0.99]) {
    expect(Math.abs(histogram.quantile(quantile) / quantile - 1)).toBeLessThan(0.06);
  }
});
