import type { metrics } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { createPeriodicReader } from './periodic-reader';

type Done = Parameters<metrics.PushMetricExporter['export']>[1];

const failures: string[] = [];
let answers: Done[];
let exported: number[];
let counter = 0;

const exporter: metrics.PushMetricExporter = {
  export(batch, done) {
    exported.push(Number(batch.scopeMetrics[0]?.scope.name));
    answers.push(done);
  },
  async forceFlush() {},
  async shutdown() {},
};

/** A reader whose collections are numbered. */
function start(timeoutMillis: number): metrics.IMetricReader {
  const reader = createPeriodicReader(exporter, { intervalMillis: 10_000, timeoutMillis }, []);
  const resource = requireSdk('@opentelemetry/resources').emptyResource();
  reader.setMetricProducer({
    async collect() {
      counter += 1;
      const scopeMetrics = [{ scope: { name: String(counter) }, metrics: [] }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  });
  return reader;
}

beforeEach(() => {
  answers = [];
  exported = [];
  failures.length = 0;
  counter = 0;
  jest.useFakeTimers();
  requireSdk('@opentelemetry/core').setGlobalErrorHandler((error) => failures.push((error as Error).message));
});
afterEach(() => jest.useRealTimers());

it('starts no export while one runs', async () => {
  start(30_000);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(exported).toEqual([1]);
  answers[0]?.({ code: 0 });
  await jest.advanceTimersByTimeAsync(10_000);
  expect(exported).toEqual([1, 2]);
});

it('stops waiting for an export that exceeds its timeout, and reports that', async () => {
  start(4_000);
  await jest.advanceTimersByTimeAsync(14_000);
  expect(failures).toEqual(['export timed out after 4000 ms']);
  await jest.advanceTimersByTimeAsync(6_000);
  expect(exported).toEqual([1, 2]);
});

it('flushes measurements that were recorded after the running export began', async () => {
  const reader = start(30_000);
  await jest.advanceTimersByTimeAsync(10_000);
  const flushed = reader.forceFlush();
  answers[0]?.({ code: 0 });
  await jest.advanceTimersByTimeAsync(0);
  expect(exported).toEqual([1, 2]);
  answers[1]?.({ code: 0 });
  await flushed;
});

it('reports a failed export', async () => {
  start(30_000);
  await jest.advanceTimersByTimeAsync(10_000);
  answers[0]?.({ code: 1, error: new Error('refused') });
  await jest.advanceTimersByTimeAsync(0);
  expect(failures).toEqual(['refused']);
});
