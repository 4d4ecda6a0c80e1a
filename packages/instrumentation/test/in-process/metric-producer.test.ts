import pg from 'pg';
import type { MetricProducer } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let producer: MetricProducer;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
  producer = shop.instrumentation.metricProducer();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await shop.stop();
});

async function collected(name: string) {
  const { resourceMetrics, errors } = await producer.collect();
  expect(errors).toEqual([]);
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints);
}

it('has the scope of the instrumentation', async () => {
  const { name, version } = require('../../package.json');
  await client.query('SELECT 1');
  const { resourceMetrics } = await producer.collect();
  expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope)).toEqual([{ name, version }]);
});

it('has the histograms, and the SDK has everything else', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  await pool.query('SELECT 1');
  await pool.end();
  const { resourceMetrics } = await producer.collect();
  expect(resourceMetrics.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name)).toEqual([
    'db.client.operation.duration',
    'db.client.response.returned_rows',
    'db.client.connection.create_time',
    'db.client.connection.wait_time',
    'db.client.connection.use_time',
    'pg_otel.connection.setup.duration',
  ]);
  const ofSdk = (await shop.recorder.points()).map(({ name, count }) => [name, count]);
  expect(ofSdk).toContainEqual(['pg_otel.connection.closed', undefined]);
  expect(ofSdk.filter(([, count]) => count !== undefined)).toEqual([]);
});

it('keeps its totals when options are set', async () => {
  const total = async () => {
    await client.query('LISTEN total');
    const points = await collected('db.client.operation.duration');
    return points.find(({ attributes }) => attributes['db.query.summary'] === 'LISTEN total');
  };
  const before = await total();
  shop.configure({ statementText: 'off' });
  const after = await total();
  expect([before?.value.count, after?.value.count]).toEqual([1, 2]);
  expect(after?.startTime).toEqual(before?.startTime);
});

it('folds summaries over a limit that is set later', async () => {
  shop.configure({ summaryLimit: 1 });
  await client.query('LISTEN folded');
  const summaries = (await collected('db.client.operation.duration')).map(
    ({ attributes }) => attributes['db.query.summary'],
  );
  expect(summaries).toContain('_OTHER');
  expect(summaries).not.toContain('LISTEN folded');
});

it('receives nothing while the instrumentation is disabled', async () => {
  const sum = async () =>
    (await collected('db.client.operation.duration')).reduce((all, { value }) => all + value.count, 0);
  const before = await sum();
  shop.instrumentation.disable();
  await client.query('SELECT 1');
  shop.instrumentation.enable();
  expect(await sum()).toBe(before);
});
