import { ROOT_CONTEXT } from '@opentelemetry/api';
import { startRecorder } from '@pg-otel/testkit';
import { HistogramMetric } from './histograms';

const recorder = startRecorder();
afterAll(() => recorder.shutdown());

it('gives the same series for the same attributes, and ends in the meter it was given last', async () => {
  const histogram = new HistogramMetric('waitTime', 10);
  const series = histogram.series({ a: 1 }, {});
  expect(histogram.series({ a: 1 }, {})).toBe(series);
  series.record(1, ROOT_CONTEXT); // nobody listens yet
  histogram.take(recorder.meterProvider.getMeter('test'));
  series.record(2, ROOT_CONTEXT);
  expect(await recorder.points()).toMatchObject([
    { name: 'db.client.connection.wait_time', unit: 's', attributes: { a: 1 }, count: 1, value: 2 },
  ]);
});

it('folds what is over the limit, and bounds even the folded', () => {
  const histogram = new HistogramMetric('operationDuration', 3);
  const series = new Set(
    Array.from({ length: 1000 }, (_, n) =>
      histogram.series({ summary: `SELECT t${n}` }, { summary: '_OTHER' }),
    ),
  );
  expect(series.size).toBe(4);
  const targets = new Set(
    Array.from({ length: 1000 }, (_, n) => histogram.series({ database: n, summary: 'x' }, { database: n })),
  );
  expect(targets.size).toBeLessThanOrEqual(3 + 90 + 1);
});
