import { ROOT_CONTEXT } from '@opentelemetry/api';
import { startRecorder } from '@pg-otel/testkit';
import { HistogramMetric } from './metric';

const recorder = startRecorder();
afterAll(() => recorder.shutdown());

const metric = (limit: number) =>
  new HistogramMetric({ name: 'test.wait_time', unit: 's', description: 'A wait.', buckets: [1, 5] }, limit);

it('returns the same series for the same attributes, and records into the latest meter', async () => {
  const histogram = metric(10);
  const series = histogram.series({ a: 1 }, {});
  expect(histogram.series({ a: 1 }, {})).toBe(series);
  series.record(1, ROOT_CONTEXT); // there is no meter yet
  histogram.useMeter(recorder.meterProvider.getMeter('test'));
  series.record(2, ROOT_CONTEXT);
  expect(await recorder.points()).toMatchObject([
    { name: 'test.wait_time', unit: 's', attributes: { a: 1 }, count: 1, value: 2 },
  ]);
});

it('folds series over the limit, and limits folded series as well', () => {
  const histogram = metric(3);
  const series = new Set(
    Array.from({ length: 1000 }, (_, n) =>
      histogram.series({ summary: `SELECT t${n}` }, { summary: '_OTHER' }),
    ),
  );
  expect(series.size).toBe(4);
  const targets = new Set(
    Array.from({ length: 1000 }, (_, n) => histogram.series({ database: n, summary: 'x' }, { database: n })),
  );
  expect(targets.size).toBeLessThanOrEqual(90 + 1);
});

it('keeps room for folded series when the limit is lowered below the number of series', () => {
  const histogram = metric(200);
  for (let n = 0; n < 200; n += 1) histogram.series({ n }, {});
  histogram.limit = 0;
  const stream = histogram.addStream();
  histogram.series({ n: 200 }, { summary: '_OTHER' }).record(1, ROOT_CONTEXT);
  expect(stream.collect(1, [0, 0])?.dataPoints.map(({ attributes }) => attributes)).toEqual([
    { summary: '_OTHER' },
  ]);
});

it('limits the series of a reader as it limits those of the SDK', () => {
  const histogram = metric(3);
  const stream = histogram.addStream();
  for (let n = 0; n < 1000; n += 1) histogram.series({ n }, { database: n }).record(1, ROOT_CONTEXT);
  const points = stream.collect(1, [0, 0])?.dataPoints ?? [];
  expect(points).toHaveLength(3 + 90 + 1);
  expect(points.reduce((sum, { value }) => sum + value.count, 0)).toBe(1000);
});
