import fc from 'fast-check';
import { performanceMetrics } from './performance-metrics';
import { QueryWindow } from './query-window';

const none = { thresholdSeconds: 1, total: 0, last: [] };
const metricsOf = (window: QueryWindow, now = 0) =>
  performanceMetrics(window, { slow: none, critical: none }, 0.05, now);

it('is empty before the first query', () => {
  expect(metricsOf(new QueryWindow(3))).toMatchObject({
    window: { size: 3, count: 0, since: undefined },
    perSecond: 0,
    errorRate: 0,
    seconds: { p50: 0, p95: 0, p99: 0, max: 0 },
    withinTarget: { share: 1 },
    statements: [],
  });
});

it('describes the last queries only, by the nearest rank', () => {
  const window = new QueryWindow(4);
  for (const [index, seconds] of [9, 0.01, 0.02, 0.03, 0.1].entries()) {
    window.add(`SELECT t${index % 2}`, seconds, index * 1000, index === 4);
  }
  expect(metricsOf(window, 5000)).toMatchObject({
    window: { count: 4, since: 1000 },
    total: 5,
    perSecond: 1,
    failed: 1,
    errorRate: 0.25,
    seconds: { p50: 0.02, p95: 0.1, p99: 0.1, max: 0.1 },
    withinTarget: { share: 0.75 },
    statements: [
      { summary: 'SELECT t0', count: 2, failed: 1, seconds: { max: 0.1 } },
      { summary: 'SELECT t1', count: 2, failed: 0, seconds: { max: 0.03 } },
    ],
  });
});

it('reads the queries since an earlier moment', () => {
  const window = new QueryWindow(4);
  const since = (from: number) => {
    const read: string[] = [];
    window.forEach((summary) => void read.push(summary), from);
    return read;
  };
  for (const summary of ['a', 'b', 'c']) window.add(summary, 0, 0, false);
  expect([since(0), since(2), since(3)]).toEqual([['a', 'b', 'c'], ['c'], []]);
  for (const summary of ['d', 'e', 'f']) window.add(summary, 0, 0, false);
  expect([since(1), since(5)]).toEqual([['c', 'd', 'e', 'f'], ['f']]);
});

it('keeps a bounded number of summaries, so that their numbers never run out', () => {
  const window = new QueryWindow(2);
  for (let nth = 0; nth <= 2 ** 16; nth += 1) window.add(`S${nth}`, 0, 0, false);
  const read: string[] = [];
  window.forEach((summary) => void read.push(summary));
  expect(read).toEqual(['S65535', 'S65536']);
});

it('agrees with a list of the last queries, for any number of summaries', () => {
  const queries = fc.array(
    fc.record({ summary: fc.nat({ max: 40 }), seconds: fc.integer({ min: 0, max: 99 }) }),
  );
  fc.assert(
    fc.property(queries, fc.integer({ min: 1, max: 10 }), (all, size) => {
      const window = new QueryWindow(size);
      for (const { summary, seconds } of all) window.add(`S${summary}`, seconds, 0, false);
      const last = all.slice(-size);
      const read: { summary: string; seconds: number }[] = [];
      window.forEach((summary, seconds) => {
        read.push({ summary, seconds });
      });
      expect(read).toEqual(last.map(({ summary, seconds }) => ({ summary: `S${summary}`, seconds })));
      const sorted = last.map(({ seconds }) => seconds).sort((one, other) => one - other);
      const { seconds, statements } = metricsOf(window);
      expect(seconds.p50).toBe(sorted[Math.ceil(sorted.length / 2) - 1] ?? 0);
      expect(seconds.max).toBe(sorted.at(-1) ?? 0);
      expect(statements.reduce((count, statement) => count + statement.count, 0)).toBe(last.length);
      expect(statements.length).toBe(new Set(last.map(({ summary }) => summary)).size);
    }),
  );
});
