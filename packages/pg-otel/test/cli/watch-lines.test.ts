import type { AllPerformanceData } from '@pg-otel/insights';
import { LinesView } from '../../src/cli/watch/plain-view';
import { busy, quiet } from './watched-data';

/** What is written, without the time at the beginning of the lines. */
function lines(): { view: LinesView; written(): string[] } {
  let text = '';
  const view = new LinesView((more) => {
    text += more;
  });
  return {
    view,
    written() {
      const all = text.trimEnd().split('\n');
      text = '';
      return all.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
    },
  };
}

const later = (data: AllPerformanceData, seconds: number): AllPerformanceData => ({
  ...data,
  collectedAt: data.collectedAt + seconds * 1_000,
});

it('writes each thing that happens once, and the status every ten seconds and at the end', () => {
  const { view, written } = lines();
  view.update({ data: busy, processes: 1 });
  const first = written();
  expect(first.slice(0, -1)).toEqual([
    'critical PostgresQuerySlow SELECT orders A query takes longer than 5 s',
    'SELECT orders is slow: has waited 4.8 s for a row of `accounts`, held by worker-7 (pid 8123)',
    'pool shop is up',
    'finding: SELECT items ran 20 times in one request, once for each of the 20 rows of SELECT orders: 12 ms in all',
    'slower than usual: SELECT orders: p95 800 ms, baseline 12 ms, since 14:02',
  ]);
  view.update({ data: later(busy, 9), processes: 1 });
  expect(written()).toEqual(['']);
  view.update({ data: later(busy, 10), processes: 1 });
  expect(written()).toEqual([first.at(-1)]);
  view.close();
  expect(written()).toEqual([first.at(-1)]);
});

it('writes a failure once, and none before the first data', () => {
  const { view, written } = lines();
  view.update({ failure: 'Nothing answers' });
  expect(written()).toEqual(['']);
  view.update({ data: quiet, processes: 1 });
  written();
  view.update({ failure: 'Nothing answers' });
  view.update({ failure: 'Nothing answers' });
  expect(written()).toEqual(['Nothing answers']);
  view.update({ data: quiet, processes: 1 });
  view.update({ failure: 'Nothing answers' });
  expect(written()).toEqual(['Nothing answers']);
});

it('data of another version is one line, and the next data is shown', () => {
  const { view, written } = lines();
  const other = { ...quiet, pools: { pools: [] } } as unknown as AllPerformanceData;
  view.update({ data: other, processes: 1 });
  view.update({ data: other, processes: 1 });
  expect(written()).toEqual(['The data cannot be shown (TypeError): another version of @pg-otel/insights?']);
  view.update({ data: quiet, processes: 1 });
  expect(written()).toEqual([expect.stringContaining('0 queries')]);
});
