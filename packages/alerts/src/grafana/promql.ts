/**
 * Pieces of PromQL. Names are those that the collector's `prometheus` exporter makes of docs/reference/telemetry.md: dots become
 * `_`, the unit and `_total` are appended. The names of labels stay OpenTelemetry's, with `_`.
 */

/** Grafana puts in four times the scrape interval, or the width of a point where that is more. */
export const RATE_WINDOW = '$__rate_interval';
/** The time that the dashboard shows. */
export const SHOWN = '$__range';

/** "All" is `.*`, which matches series without the label, too: an application need not say its environment. */
export const OF_SERVICE = [
  'service_name=~"$service_name"',
  'deployment_environment_name=~"$deployment_environment_name"',
  'k8s_cluster_name=~"$cluster"',
  'k8s_namespace_name=~"$namespace"',
].join(',');
/** Alerts about the pipeline have no service: they are shown for any choice. */
export const OF_ALERT = OF_SERVICE.replaceAll(/"(\$\w+)"/g, '"$1|"');
export const OF_DATABASE = `${OF_SERVICE},db_namespace=~"$db_namespace"`;
export const OF_POOL = `${OF_DATABASE},db_client_connection_pool_name=~"$pool"`;
export const OF_INSTANCE = `${OF_POOL},instance=~"$instance"`;

/** Collector's names of histograms, without `_bucket`, `_count` and `_sum`. */
export const OPERATION = 'db_client_operation_duration_seconds';
export const CREATE = 'db_client_connection_create_time_seconds';
export const WAIT = 'db_client_connection_wait_time_seconds';
export const USE = 'db_client_connection_use_time_seconds';
export const SETUP = 'pg_otel_connection_setup_duration_seconds';
export const ROWS = 'db_client_response_returned_rows';

export const POOL_LABELS = 'service_name, db_client_connection_pool_name, instance';

/** The bucket of an edge. Prometheus 3 stores `1.0` of what the collector writes as `1`, and 2 keeps it. */
function edge(seconds: number): string {
  return Number.isInteger(seconds) ? `le=~"${seconds}(\\\\.0)?"` : `le="${seconds}"`;
}

export function rate(metric: string, selector: string, window = RATE_WINDOW): string {
  return `rate(${metric}{${selector}}[${window}])`;
}

/** `by` as PromQL has it: labels with `, ` between them. Empty for one sum of all. */
export function sum(by: string, vector: string): string {
  return by === '' ? `sum(${vector})` : `sum by (${by}) (${vector})`;
}

/** Estimated within a bucket, as every quantile of a histogram is. */
export function quantile(share: number, { histogram, selector, by = '', window }: HistogramPart): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, ${sum(labels, rate(`${histogram}_bucket`, selector, window))})`;
}

interface HistogramPart {
  readonly histogram: string;
  readonly selector: string;
  readonly by?: string;
  readonly window?: string;
}

/** Exact, where the limit is an edge. */
export function shareWithin(limit: number, { histogram, selector, by = '' }: HistogramPart): string {
  const within = sum(by, rate(`${histogram}_bucket`, `${selector},${edge(limit)}`));
  return `${within} / ${sum(by, rate(`${histogram}_count`, selector))}`;
}

/** Exact, where the limit is an edge. Of two numbers that are counted apart, so that 0 may come out below it. */
export function overPerMinute(limit: number, { histogram, selector, by = '' }: HistogramPart): string {
  const within = sum(by, rate(`${histogram}_bucket`, `${selector},${edge(limit)}`));
  return `60 * clamp_min(${sum(by, rate(`${histogram}_count`, selector))} - ${within}, 0)`;
}

export function perMinute(by: string, metric: string, selector: string): string {
  return `60 * ${sum(by, rate(metric, selector))}`;
}
