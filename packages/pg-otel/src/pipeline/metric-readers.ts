import type { Server } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import type { metrics } from '@opentelemetry/sdk-node';
import { text } from '../environment';
import { requireSdk } from '../sdk';
import { numberOf } from '../settings/settings';
import { warn } from '../warnings';
import { type ExporterName, exporterNames } from './exporters';
import { createOtlpExporter } from './otlp';
import { createPeriodicReader, type ExportTimes } from './periodic-reader';

type PushExporter = metrics.PushMetricExporter;

/** Prometheus has none: its reader is asked from outside. */
const createExporter: Record<Exclude<ExporterName<'metrics'>, 'prometheus'>, () => PushExporter> = {
  otlp: () => createOtlpExporter('metrics'),
  console: () => new (requireSdk('@opentelemetry/sdk-metrics').ConsoleMetricExporter)(),
};

/** A metric producer for the reader of this exporter; without one, for Prometheus. */
type CreateProducer = (exporter?: PushExporter) => metrics.MetricProducer;

/**
 * A metric reader for each exporter of `OTEL_METRICS_EXPORTER`.
 * @param createProducer of what readers get besides the SDK's metrics; not called when a reader wants histograms the
 *   SDK has to make
 */
export function createMetricReaders(
  intervalMillis: number | undefined,
  createProducer: CreateProducer,
): metrics.IMetricReader[] {
  const names = exporterNames('metrics');
  if (names.length === 0) return [];
  const times = exportTimes(intervalMillis);
  const exporters = names.map((name) => (name === 'prometheus' ? undefined : createExporter[name]()));
  const producesOurs = exporters.every(takesDefaultHistograms);
  if (producesOurs) checkAggregation();
  return exporters.map((exporter) => {
    const metricProducers = producesOurs ? [createProducer(exporter)] : [];
    return exporter === undefined
      ? createPrometheusReader(metricProducers)
      : createPeriodicReader(exporter, times, metricProducers);
  });
}

/** An exporter may ask for another aggregation, an exponential histogram above all: only the SDK's instruments have those. */
function takesDefaultHistograms(exporter: PushExporter | undefined): boolean {
  const { AggregationType, InstrumentType } = requireSdk('@opentelemetry/sdk-metrics');
  const chosen = exporter?.selectAggregation?.(InstrumentType.HISTOGRAM);
  return chosen === undefined || chosen.type === AggregationType.DEFAULT;
}

/** The exporters of today's SDK do not read it. */
function checkAggregation(): void {
  const name = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';
  const written = text(name);
  if (written === undefined || written === 'explicit_bucket_histogram') return;
  warn(
    'PG_OTEL_SETTING',
    `${name} must be explicit_bucket_histogram, which is what this version of OpenTelemetry has, got ` +
      `${JSON.stringify(written.slice(0, 100))} (from the environment); using explicit_bucket_histogram`,
  );
}

/** An export may take no longer than the interval; the specification's 30 s give way to a shorter one. */
function exportTimes(setInterval: number | undefined): ExportTimes {
  const intervalMillis = setInterval ?? numberOf('OTEL_METRIC_EXPORT_INTERVAL');
  const timeoutMillis = numberOf('OTEL_METRIC_EXPORT_TIMEOUT');
  return { intervalMillis, timeoutMillis: Math.min(timeoutMillis, intervalMillis) };
}

interface PrometheusReader extends metrics.IMetricReader {
  _server?: Server;
}

function createPrometheusReader(metricProducers: metrics.MetricProducer[]): metrics.IMetricReader {
  const { PrometheusExporter } = requireSdk('@opentelemetry/exporter-prometheus') as {
    PrometheusExporter: new (
      options: { host: string; port: number; metricProducers: metrics.MetricProducer[] },
      started: (error?: NodeJS.ErrnoException) => void,
    ) => PrometheusReader;
  };
  const host = text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? 'localhost';
  const port = numberOf('OTEL_EXPORTER_PROMETHEUS_PORT');
  const reader = new PrometheusExporter({ host, port, metricProducers }, (error) => {
    // A worker thread or a child process cannot have the port of its parent; only where none serves it, it is news.
    if (error === undefined || !isMainThread) return;
    warn('PG_OTEL_PROMETHEUS_PORT', `no metrics at http://${host}:${port}/metrics: ${error.message}`);
  });
  // The exporter's server is unref'd, the connections a scraper keeps open are not.
  reader._server?.on('connection', (socket) => socket.unref());
  return reader;
}
