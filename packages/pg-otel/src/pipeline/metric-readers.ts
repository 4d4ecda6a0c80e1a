import type { ListenOptions } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import type { metrics } from '@opentelemetry/sdk-node';
import { variable } from '../environment';
import { prometheusServer } from '../sdk/internals';
import { isBundled, requireSdk } from '../sdk/require-sdk';
import { type ExporterName, exporterNames, numberOf } from '../settings/settings';
import { warn } from '../warnings';
import { createOtlpExporter } from './otlp-exporter';
import { createPeriodicReader, type ExportTimes } from './periodic-reader';
import { preferredTemporality } from './temporality';
import { unrefPrometheus } from './unref';

type PushExporter = metrics.PushMetricExporter;

/** Prometheus has no exporter that pushes: it scrapes its reader. */
const createExporter: Record<Exclude<ExporterName<'metrics'>, 'prometheus'>, () => PushExporter> = {
  otlp: createOtlpMetricExporter,
  console: () => new (requireSdk('@opentelemetry/sdk-metrics').ConsoleMetricExporter)(),
};

/** Creates the metric producer for the reader of this exporter, or for Prometheus when there is none. */
type CreateProducer = (exporter?: PushExporter) => metrics.MetricProducer;

/**
 * Creates a metric reader for each exporter in `OTEL_METRICS_EXPORTER`.
 * @param createProducer creates the source of the instrumentation's histograms; not called when an exporter wants an
 *   aggregation that only the SDK's instruments have
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

/** An exporter may ask for another aggregation, such as exponential histograms, which only the SDK's instruments have. */
function takesDefaultHistograms(exporter: PushExporter | undefined): boolean {
  const { AggregationType, InstrumentType } = requireSdk('@opentelemetry/sdk-metrics');
  const chosen = exporter?.selectAggregation?.(InstrumentType.HISTOGRAM);
  return chosen === undefined || chosen.type === AggregationType.DEFAULT;
}

const AGGREGATION = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';

/** An aggregation other than the default, which a newer exporter may know. */
function chosenAggregation(): string | undefined {
  const written = variable(AGGREGATION);
  return written === 'explicit_bucket_histogram' ? undefined : written;
}

/** The exporters of the supported SDK versions do not read this variable. */
function checkAggregation(): void {
  const chosen = chosenAggregation();
  if (chosen === undefined) return;
  warn(
    'PG_OTEL_SETTING',
    `${AGGREGATION} must be explicit_bucket_histogram, the only one that this version of OpenTelemetry has, got ` +
      `${JSON.stringify(chosen.slice(0, 100))} (from the environment); using explicit_bucket_histogram`,
  );
}

function createOtlpMetricExporter(): PushExporter {
  const isNeededAtStart = isBundled || chosenAggregation() !== undefined;
  const exporter = createOtlpExporter<PushExporter>('metrics', { isNeededAtStart });
  exporter.selectAggregationTemporality ??= preferredTemporality();
  return exporter;
}

/** An export takes at most one interval, even if its timeout (30 s in the specification) is longer. */
function exportTimes(setInterval: number | undefined): ExportTimes {
  const intervalMillis = setInterval ?? numberOf('OTEL_METRIC_EXPORT_INTERVAL');
  const timeoutMillis = numberOf('OTEL_METRIC_EXPORT_TIMEOUT');
  return { intervalMillis, timeoutMillis: Math.min(timeoutMillis, intervalMillis) };
}

function createPrometheusReader(metricProducers: metrics.MetricProducer[]): metrics.IMetricReader {
  const { PrometheusExporter } = requireSdk('@opentelemetry/exporter-prometheus') as {
    PrometheusExporter: new (options: {
      host: string;
      port: number;
      preventServerStart: true;
      metricProducers: metrics.MetricProducer[];
    }) => metrics.IMetricReader & { startServer(): Promise<void> };
  };
  const host = variable('OTEL_EXPORTER_PROMETHEUS_HOST') ?? 'localhost';
  const port = numberOf('OTEL_EXPORTER_PROMETHEUS_PORT');
  const options = { host, port, preventServerStart: true, metricProducers } as const;
  const reader = unrefPrometheus(listenAlone(new PrometheusExporter(options)));
  reader.startServer().catch((error: NodeJS.ErrnoException) => {
    // A worker thread cannot listen on the port of its parent, which serves the metrics already.
    if (!isMainThread) return;
    warn(
      'PG_OTEL_PROMETHEUS_PORT',
      `No metrics are served at http://${host}:${port}/metrics: ${error.message}`,
    );
  });
  return reader;
}

/**
 * Lets the exporter's server have its port alone. Otherwise the workers of a cluster would share it, and each scrape would
 * get the metrics of another one.
 */
function listenAlone<Exporter extends object>(exporter: Exporter): Exporter {
  const server = prometheusServer(exporter);
  if (server === undefined) return exporter;
  const { listen } = server;
  server.listen = ((options: ListenOptions, listening?: () => void) =>
    Reflect.apply(listen, server, [{ ...options, exclusive: true }, listening])) as typeof listen;
  return exporter;
}
