// Runs the same operations each time, with clocks that only this program moves, so that two runs measure the same values
// at the same times. HISTOGRAM_DESTINATION is `producer` or `instruments`, METRICS_READER the reader of the metrics.
const clock = { monotonic: 5_000, wall: 1_750_000_000_000 };
performance.now = () => clock.monotonic;
Date.now = () => clock.wall;

function pass(milliseconds) {
  clock.monotonic += milliseconds;
  clock.wall += Math.ceil(milliseconds);
}

/** Begins an operation, lets time pass, and waits for the end: it has taken exactly that time. */
function timed(milliseconds, begin) {
  const begun = begin();
  pass(milliseconds);
  return begun;
}

const { createRequire } = require('node:module');
const { metrics } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { PostgresInstrumentation } = require('@pg-otel/instrumentation');

// The SDK's packages are dependencies of sdk-node.
const requireSdk = createRequire(require.resolve('@opentelemetry/sdk-node'));
const { PrometheusExporter } = requireSdk('@opentelemetry/exporter-prometheus');
const { resourceFromAttributes } = requireSdk('@opentelemetry/resources');
const { PeriodicExportingMetricReader } = requireSdk('@opentelemetry/sdk-metrics');

const instrumentation = new PostgresInstrumentation();

function metricProducers(exporter) {
  return process.env.HISTOGRAM_DESTINATION === 'producer' ? [instrumentation.metricProducer(exporter)] : [];
}

function otlp(name) {
  const { OTLPMetricExporter } = requireSdk(name);
  const exporter = new OTLPMetricExporter();
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 3_600_000,
    metricProducers: metricProducers(exporter),
  });
  return { reader, read: () => reader.forceFlush() };
}

function prometheus() {
  const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: metricProducers() });
  const read = () =>
    new Promise((resolve) => {
      const end = (text) => resolve(console.log(`${text}=====`));
      reader.getMetricsRequestHandler({}, { setHeader() {}, end });
    });
  return { reader, read };
}

const readers = {
  'OTLP JSON': () => otlp('@opentelemetry/exporter-metrics-otlp-http'),
  'OTLP protobuf': () => otlp('@opentelemetry/exporter-metrics-otlp-proto'),
  Prometheus: prometheus,
};
const { reader, read } = readers[process.env.METRICS_READER]();

const sdk = new NodeSDK({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  autoDetectResources: false,
  instrumentations: [instrumentation],
  metricReaders: [reader],
});
sdk.start();

const pg = require('pg');

/** Connection, queries with and without rows, a failure, a wait for the pool, a request that times out. */
async function work(pool, load) {
  const client = await timed(3.5 * load, () => pool.connect());
  await timed(0.7 * load, () => client.query('SELECT 1'));
  await timed(40.1, () => client.query('SELECT generate_series(1, $1::int)', [7 * load]));
  await timed(1_200, () => client.query('SELECT * FROM missing').catch(() => {}));
  if (load > 1) await timed(0.1 * load, () => client.query(`SELECT ${load} AS later FROM pg_class LIMIT 2`));
  pool.options.connectionTimeoutMillis = 5; // for this request; the pool's one connection is taken
  const tooLate = pool.connect().catch(() => {});
  pool.options.connectionTimeoutMillis = 0;
  pass(77);
  await tooLate;
  const waiting = pool.connect();
  pass(120 * load);
  client.release();
  const next = await waiting;
  pass(2.25);
  next.release();
}

async function main() {
  const pool = new pg.Pool({ max: 1, idleTimeoutMillis: 0 });
  const orders = metrics.getMeter('application').createCounter('orders');
  for (const load of [1, 2, 0, 3]) {
    for (let n = 0; n < load; n += 1) await work(pool, load);
    orders.add(load);
    pass(1_000);
    await read();
  }
  await pool.end();
  await sdk.shutdown();
}
main();
