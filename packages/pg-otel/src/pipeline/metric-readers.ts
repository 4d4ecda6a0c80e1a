import type { Server } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import type { metrics } from '@opentelemetry/sdk-node';
import { positiveNumber, text } from '../environment';
import { requireSdk } from '../sdk';
import { warn } from '../warnings';
import { type ExporterName, exporterNames } from './exporters';
import { createOtlpExporter } from './otlp';
import { createPeriodicReader, type ExportTimes } from './periodic-reader';

/** Pools and connections change within seconds; the SDK's 60 s would show their worst moment by accident only. */
const INTERVAL_MILLIS = 10_000;

const create: Record<ExporterName<'metrics'>, (times: ExportTimes) => metrics.IMetricReader> = {
  otlp: (times) => createPeriodicReader(createOtlpExporter<metrics.PushMetricExporter>('metrics'), times),
  console: (times) =>
    createPeriodicReader(new (requireSdk('@opentelemetry/sdk-metrics').ConsoleMetricExporter)(), times),
  prometheus: createPrometheusReader,
};

/** A metric reader for each exporter of `OTEL_METRICS_EXPORTER`. */
export function createMetricReaders(intervalMillis: number | undefined): metrics.IMetricReader[] {
  const names = exporterNames('metrics');
  if (names.length === 0) return [];
  const times = exportTimes(intervalMillis);
  return names.map((name) => create[name](times));
}

/** An export may take no longer than the interval; the specification's 30 s give way to a shorter one. */
function exportTimes(setInterval: number | undefined): ExportTimes {
  const intervalMillis =
    setInterval ?? positiveNumber('OTEL_METRIC_EXPORT_INTERVAL', 'milliseconds', INTERVAL_MILLIS);
  const timeoutMillis = positiveNumber('OTEL_METRIC_EXPORT_TIMEOUT', 'milliseconds', 30_000);
  return { intervalMillis, timeoutMillis: Math.min(timeoutMillis, intervalMillis) };
}

interface PrometheusReader extends metrics.IMetricReader {
  _server?: Server;
}

function createPrometheusReader(): metrics.IMetricReader {
  const { PrometheusExporter } = requireSdk('@opentelemetry/exporter-prometheus') as {
    PrometheusExporter: new (
      options: { host: string; port: number },
      started: (error?: NodeJS.ErrnoException) => void,
    ) => PrometheusReader;
  };
  const host = text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? 'localhost';
  const port = positiveNumber('OTEL_EXPORTER_PROMETHEUS_PORT', 'a port', 9464);
  const reader = new PrometheusExporter({ host, port }, (error) => {
    // A worker thread or a child process cannot have the port of its parent; only where none serves it, it is news.
    if (error === undefined || !isMainThread) return;
    warn('PG_OTEL_PROMETHEUS_PORT', `no metrics at http://${host}:${port}/metrics: ${error.message}`);
  });
  // The exporter's server is unref'd, the connections a scraper keeps open are not.
  reader._server?.on('connection', (socket) => socket.unref());
  return reader;
}
