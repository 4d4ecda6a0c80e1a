import type { metrics } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { createMetricReaders } from './metric-readers';

const environment = { ...process.env };
/** The times of the collections, in milliseconds since the readers were started. */
let collected: number[];
/** The metric producers that were created, with their number of collections. */
let produced: { exporter: metrics.PushMetricExporter | undefined; collections: number }[];

function createProducer(exporter?: metrics.PushMetricExporter): metrics.MetricProducer {
  const producer = { exporter, collections: 0 };
  produced.push(producer);
  return {
    async collect() {
      producer.collections += 1;
      return { resourceMetrics: { resource: undefined as never, scopeMetrics: [] }, errors: [] };
    },
  };
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp';
  collected = [];
  produced = [];
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  process.env = { ...environment };
});

function start(intervalMillis?: number): metrics.IMetricReader[] {
  const startedAt = Date.now();
  const readers = createMetricReaders(intervalMillis, createProducer);
  const resource = requireSdk('@opentelemetry/resources').emptyResource();
  for (const reader of readers) {
    reader.setMetricProducer({
      async collect() {
        collected.push(Date.now() - startedAt);
        return { resourceMetrics: { resource, scopeMetrics: [] }, errors: [] };
      },
    });
  }
  return readers;
}

it('exports every 10 s', async () => {
  start();
  await jest.advanceTimersByTimeAsync(30_000);
  expect(collected).toEqual([10_000, 20_000, 30_000]);
});

it('exports at the interval of OTEL_METRIC_EXPORT_INTERVAL', async () => {
  process.env['OTEL_METRIC_EXPORT_INTERVAL'] = '2500';
  start();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(collected).toEqual([2_500, 5_000]);
});

it('exports at the interval that start() sets, which takes precedence over the environment', async () => {
  process.env['OTEL_METRIC_EXPORT_INTERVAL'] = '2500';
  start(1_000);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(collected).toEqual([1_000, 2_000]);
});

it('exports to each exporter in the list', async () => {
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp,console';
  start();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(collected).toEqual([10_000, 10_000]);
});

it('creates no reader for none', () => {
  process.env['OTEL_METRICS_EXPORTER'] = 'none';
  expect(createMetricReaders(undefined, createProducer)).toEqual([]);
});

it('does not collect after its shutdown', async () => {
  const [reader] = start();
  await reader?.shutdown();
  const before = collected.length;
  await jest.advanceTimersByTimeAsync(30_000);
  expect(collected).toHaveLength(before);
});

describe('metric producers', () => {
  it('are created once for each reader, for its exporter', async () => {
    process.env['OTEL_METRICS_EXPORTER'] = 'console,otlp,prometheus';
    process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] = '19465';
    const readers = start();
    const [first, second, third] = produced.map(({ exporter }) => exporter);
    expect(first?.constructor.name).toBe('ConsoleMetricExporter');
    expect(second).toHaveProperty('export');
    expect(third).toBeUndefined();
    await readers.at(-1)?.shutdown();
  });

  it('collect at each collection of their reader', async () => {
    process.env['OTEL_METRICS_EXPORTER'] = 'console,otlp';
    start();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(produced.map(({ collections }) => collections)).toEqual([2, 2]);
  });

  it('are not created when an exporter wants exponential histograms', () => {
    process.env['OTEL_METRICS_EXPORTER'] = 'console,otlp';
    process.env['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'] =
      'base2_exponential_bucket_histogram';
    const { OTLPMetricExporter } = requireSdk('@opentelemetry/exporter-metrics-otlp-proto') as {
      OTLPMetricExporter: { prototype: Required<metrics.PushMetricExporter> };
    };
    const { AggregationType } = requireSdk('@opentelemetry/sdk-metrics');
    jest
      .spyOn(OTLPMetricExporter.prototype, 'selectAggregation')
      .mockReturnValue({ type: AggregationType.EXPONENTIAL_HISTOGRAM });
    expect(start()).toHaveLength(2);
    expect(produced).toEqual([]);
  });
});
