import { createNoopMeter, ROOT_CONTEXT } from '@opentelemetry/api';
import { metrics, resources } from '@opentelemetry/sdk-node';
import type { Series } from '../../statement';
import { Histograms } from './histograms';
import type { MetricProducer, TemporalitySelector } from './metric-data';

const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
  metrics;

const SCOPE = { name: 'ours', version: '1.2.3' };
/** Only the clock is fake; the promises and time-outs of the SDK are real. */
const NOT_DATE = [
  'nextTick',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
  'performance',
  'hrtime',
] as const;
const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});

beforeEach(() => {
  emitWarning.mockReset();
  jest.useFakeTimers({ now: 1_000_000_000_250, doNotFake: [...NOT_DATE] });
});
afterEach(() => jest.useRealTimers());

const wanting = (temporality: metrics.AggregationTemporality): TemporalitySelector => ({
  selectAggregationTemporality: () => temporality,
});
const delta = wanting(AggregationTemporality.DELTA);
const cumulative = wanting(AggregationTemporality.CUMULATIVE);

const record = (series: Series, ...values: number[]) => {
  for (const value of values) series.record(value, ROOT_CONTEXT);
};
const wait = (histograms: Histograms, pool: string) => histograms.waitTime.series({ pool }, {});

async function points(producer: MetricProducer) {
  const { resourceMetrics } = await producer.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics: all }) =>
    all.flatMap(({ dataPoints }) => dataPoints),
  );
}
const counts = async (producer: MetricProducer) => (await points(producer)).map(({ value }) => value.count);

/** Two readers with separate MeterProviders. One gets values from the SDK's instruments, the other from a producer. */
function bothEnds(temporality: metrics.AggregationTemporality) {
  const exporters = [
    new InMemoryMetricExporter(temporality),
    new InMemoryMetricExporter(temporality),
  ] as const;
  const [instruments, producers] = [new Histograms(SCOPE), new Histograms(SCOPE)];
  const readers = [
    new PeriodicExportingMetricReader({ exporter: exporters[0] }),
    new PeriodicExportingMetricReader({
      exporter: exporters[1],
      metricProducers: [producers.metricProducer(exporters[1])],
    }),
  ] as const;
  const resource = resources.resourceFromAttributes({ 'service.name': 'shop' });
  const providers = readers.map((reader) => new MeterProvider({ resource, readers: [reader] }));
  for (const [index, histograms] of [instruments, producers].entries()) {
    histograms.limitSummaries(100);
    histograms.useMeter((providers[index] as metrics.MeterProvider).getMeter(SCOPE.name, SCOPE.version));
  }
  return {
    series: (pool: string) => [wait(instruments, pool), wait(producers, pool)],
    operations: (summary: string) =>
      [instruments, producers].map((histograms) => histograms.operationDuration.series({ summary }, {})),
    async collect() {
      const collected = [];
      for (const reader of readers) collected.push(await reader.collect());
      return collected;
    },
    async shutdown() {
      for (const provider of providers) await provider.shutdown();
      return exporters.map((exporter) => exporter.getMetrics());
    },
  };
}

describe('a metric producer', () => {
  it('resolves with an error and keeps all values when the exporter throws', async () => {
    const fault = new Error('theirs');
    const exporter = {
      selectAggregationTemporality: jest
        .fn(() => AggregationTemporality.DELTA)
        .mockImplementationOnce(() => {
          throw fault;
        }),
    };
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(exporter);
    record(wait(histograms, 'a'), 1);
    expect(await producer.collect()).toEqual({
      resourceMetrics: { resource: undefined, scopeMetrics: [] },
      errors: [fault],
    });
    expect(await counts(producer)).toEqual([1]);
  });

  it('asks the exporter for the temporality once', async () => {
    const exporter = { selectAggregationTemporality: jest.fn(() => AggregationTemporality.DELTA) };
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(exporter);
    record(wait(histograms, 'a'), 1);
    const { resourceMetrics } = await producer.collect();
    await producer.collect();
    expect(exporter.selectAggregationTemporality.mock.calls).toEqual([[metrics.InstrumentType.HISTOGRAM]]);
    expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.aggregationTemporality).toBe(
      AggregationTemporality.DELTA,
    );
  });

  it.each([
    ['no exporter', undefined],
    ['an exporter without a preference', {}],
  ])('is cumulative for %s', async (_, exporter) => {
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(exporter);
    record(wait(histograms, 'a'), 1);
    await producer.collect();
    expect(await counts(producer)).toEqual([1]);
  });

  it('has separate state for each reader', async () => {
    const histograms = new Histograms(SCOPE);
    const [often, seldom, totals] = [delta, delta, cumulative].map((exporter) =>
      histograms.metricProducer(exporter),
    );
    if (often === undefined || seldom === undefined || totals === undefined)
      throw new Error('three were made');
    const series = wait(histograms, 'a');
    record(series, 1);
    expect(await counts(often)).toEqual([1]);
    record(series, 1, 1);
    expect(await counts(often)).toEqual([2]);
    expect(await counts(totals)).toEqual([3]);
    expect(await counts(seldom)).toEqual([3]);
    expect(await counts(often)).toEqual([]);
    expect(await counts(totals)).toEqual([3]);
  });

  it('begins with the values recorded after its creation, also for existing series', async () => {
    const histograms = new Histograms(SCOPE);
    const series = wait(histograms, 'a');
    const early = histograms.metricProducer(cumulative);
    record(series, 1);
    const late = histograms.metricProducer(cumulative);
    record(series, 1);
    expect([await counts(early), await counts(late)]).toEqual([[2], [1]]);
  });

  it('provides totals since the first value of each series', async () => {
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(cumulative);
    record(wait(histograms, 'a'), 1);
    jest.advanceTimersByTime(1_000);
    await producer.collect();
    jest.advanceTimersByTime(1_000);
    record(wait(histograms, 'a'), 1);
    record(wait(histograms, 'b'), 1);
    jest.advanceTimersByTime(1_000);
    expect((await points(producer)).map(({ startTime, endTime }) => [startTime, endTime])).toEqual([
      [
        [1_000_000_000, 250_000_000],
        [1_000_000_003, 250_000_000],
      ],
      [
        [1_000_000_002, 250_000_000],
        [1_000_000_003, 250_000_000],
      ],
    ]);
  });

  it('provides differences since the last collection, or since the first value of a new or resumed series', async () => {
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(delta);
    const starts: unknown[] = [];
    for (const pools of [['a'], ['a', 'b'], ['b'], ['a']]) {
      jest.advanceTimersByTime(1_000);
      for (const pool of pools) record(wait(histograms, pool), 1);
      jest.advanceTimersByTime(1_000);
      starts.push(
        (await points(producer)).map(({ attributes, startTime }) => [attributes['pool'], startTime[0]]),
      );
    }
    expect(starts).toEqual([
      [['a', 1_000_000_001]],
      [
        ['a', 1_000_000_002],
        ['b', 1_000_000_003],
      ],
      [['b', 1_000_000_004]],
      [['a', 1_000_000_007]],
    ]);
  });

  it('does not change data that a reader has collected', async () => {
    const histograms = new Histograms(SCOPE);
    const producers = [histograms.metricProducer(cumulative), histograms.metricProducer(delta)];
    record(wait(histograms, 'a'), 1, 7);
    const before = await Promise.all(producers.map((producer) => producer.collect()));
    const copy = structuredClone(before);
    record(wait(histograms, 'a'), 3);
    for (const producer of producers) await producer.collect();
    expect(before).toEqual(copy);
  });

  it('records neither NaN nor negative values', async () => {
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(undefined);
    record(wait(histograms, 'a'), Number.NaN, -1, 2);
    expect((await points(producer)).map(({ value }) => [value.count, value.sum])).toEqual([[1, 2]]);
  });

  it('returns no metrics and no scope while nothing was recorded', async () => {
    const { resourceMetrics } = await new Histograms(SCOPE).metricProducer(undefined).collect();
    expect(resourceMetrics.scopeMetrics).toEqual([]);
  });
});

describe('a reader', () => {
  it.each(['CUMULATIVE', 'DELTA'] as const)(
    'of %s temporality gets exactly the same data from a producer as from the SDK',
    async (temporality) => {
      const ends = bothEnds(AggregationTemporality[temporality]);
      const odd = [0, 0.001, 0.0011, 0.05, 1, 5, 10, 1e9, Number.POSITIVE_INFINITY, -1, 0.1 + 0.2];
      for (let round = 0; round < 12; round += 1) {
        for (let n = 0; n < 40; n += 1) {
          jest.advanceTimersByTime(7);
          const value =
            round === 3 ? (odd[n % odd.length] as number) : Math.abs(Math.sin(round * 100 + n)) * 12;
          const name = `${(round + n) % (1 + (round % 5))}`;
          for (const series of n % 3 === 0 ? ends.operations(name) : ends.series(name)) record(series, value);
        }
        const [ofInstruments, ofProducer] = await ends.collect();
        expect(ofProducer).toEqual(ofInstruments);
      }
    },
  );

  it('exports the remaining values at shutdown, with its resource and the scope of the instrumentation', async () => {
    const ends = bothEnds(AggregationTemporality.DELTA);
    for (const series of ends.series('a')) record(series, 0.3);
    const [ofInstruments, ofProducer] = await ends.shutdown();
    expect(ofProducer).toEqual(ofInstruments);
    expect(ofProducer?.[0]?.resource.attributes).toMatchObject({ 'service.name': 'shop' });
    expect(ofProducer?.[0]?.scopeMetrics.map(({ scope }) => scope)).toEqual([SCOPE]);
  });

  it('exports all other metrics when the producer fails', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const producer = new Histograms(SCOPE).metricProducer({
      selectAggregationTemporality() {
        throw new Error('theirs');
      },
    });
    const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('application').createCounter('orders').add(1);
    await provider.forceFlush();
    expect(exporter.getMetrics()[0]?.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['application']);
    await provider.shutdown();
  });

  it('with the same producer twice gets all values once, and causes a warning that names the setting', async () => {
    const histograms = new Histograms(SCOPE);
    const producer = histograms.metricProducer(undefined);
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer, producer] });
    const provider = new MeterProvider({ readers: [reader] });
    record(wait(histograms, 'a'), 1);
    const { resourceMetrics, errors } = await reader.collect();
    expect(resourceMetrics.scopeMetrics).toHaveLength(1);
    expect(errors).toEqual([]);
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringMatching(
        /twice in a metricProducers option\. Call metricProducer\(\) once for each metric reader/,
      ),
      { type: 'PgOtelWarning', code: 'PG_OTEL_PRODUCER_TWICE' },
    );
    expect(await counts(producer)).toEqual([1]);
    await provider.shutdown();
  });
});

describe('values', () => {
  it('go to producers only, as soon as one exists, regardless of the meter', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    const meter = new MeterProvider({ readers: [reader] }).getMeter('ours');
    const histograms = new Histograms(SCOPE);
    histograms.useMeter(meter);
    const producer = histograms.metricProducer(undefined);
    histograms.useMeter(meter);
    record(wait(histograms, 'a'), 1);
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([]);
    expect(await counts(producer)).toEqual([1]);
  });

  it('are observed by a producer without any meter', () => {
    const histograms = new Histograms(SCOPE);
    expect(histograms.isObserved).toBe(false);
    histograms.metricProducer(undefined);
    histograms.useMeter(createNoopMeter());
    expect(histograms.isObserved).toBe(true);
  });

  it('cannot go to a producer after the SDK has recorded some', () => {
    const histograms = new Histograms(SCOPE);
    histograms.useMeter(new MeterProvider().getMeter('ours'));
    record(wait(histograms, 'a'), 1);
    expect(() => histograms.metricProducer(undefined)).toThrow(
      /^metricProducer\(\) was called after the instruments of the SDK had recorded histograms/,
    );
  });

  it('can go to a producer when none was recorded before', async () => {
    const histograms = new Histograms(SCOPE);
    histograms.useMeter(createNoopMeter());
    record(wait(histograms, 'a'), 1);
    expect(await counts(histograms.metricProducer(undefined))).toEqual([]);
  });
});
