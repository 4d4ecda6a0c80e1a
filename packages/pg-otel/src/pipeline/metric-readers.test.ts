import type { metrics } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk';
import { createMetricReaders } from './metric-readers';

const environment = { ...process.env };
/** When the readers collect, in milliseconds since they were started. */
let collected: number[];

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp';
  collected = [];
});
afterEach(() => {
  jest.useRealTimers();
  process.env = { ...environment };
});

function start(intervalMillis?: number): metrics.IMetricReader[] {
  const startedAt = Date.now();
  const readers = createMetricReaders(intervalMillis);
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

it('exports as often as OTEL_METRIC_EXPORT_INTERVAL says', async () => {
  process.env['OTEL_METRIC_EXPORT_INTERVAL'] = '2500';
  start();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(collected).toEqual([2_500, 5_000]);
});

it('exports as often as start() says, above the environment', async () => {
  process.env['OTEL_METRIC_EXPORT_INTERVAL'] = '2500';
  start(1_000);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(collected).toEqual([1_000, 2_000]);
});

it('asks each exporter that is named', async () => {
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp,console';
  start();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(collected).toEqual([10_000, 10_000]);
});

it('is none when none is named', () => {
  process.env['OTEL_METRICS_EXPORTER'] = 'none';
  expect(createMetricReaders(undefined)).toEqual([]);
});

it('collects no more after its shutdown', async () => {
  const [reader] = start();
  await reader?.shutdown();
  const before = collected.length;
  await jest.advanceTimersByTimeAsync(30_000);
  expect(collected).toHaveLength(before);
});
