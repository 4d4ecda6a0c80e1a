import { bucketMatcher, metricName } from '../prometheus/promql';
import { HISTOGRAMS } from '../rules/histograms';
import type { GaugeWatch } from '../rules/rule';
import { gaugeOf } from '../rules/watch';

/** Pieces of the dashboards' PromQL. */

/** A variable of Grafana: four times the scrape interval, or the width of a point if that is longer. */
export const RATE_WINDOW = '$__rate_interval';
/** The time range of the dashboard. */
export const SHOWN = '$__range';

/** The choice "All" is `.*`, which also matches series without the label, such as those without an environment. */
export const OF_SERVICE = [
  'service_name=~"$service_name"',
  'deployment_environment_name=~"$deployment_environment_name"',
  'k8s_cluster_name=~"$cluster"',
  'k8s_namespace_name=~"$namespace"',
].join(',');
/** Also matches alerts without a service, such as those about the collector. */
export const OF_ALERT = OF_SERVICE.replaceAll(/"(\$\w+)"/g, '"$1|"');
export const OF_DATABASE = `${OF_SERVICE},db_namespace=~"$db_namespace"`;
export const OF_POOL = `${OF_DATABASE},db_client_connection_pool_name=~"$pool"`;
export const OF_INSTANCE = `${OF_POOL},instance=~"$instance"`;

/** Histograms, without `_bucket`, `_count` and `_sum`. */
export const OPERATION = metricName(HISTOGRAMS.query.name, 'seconds');
export const CREATE = metricName(HISTOGRAMS.connect.name, 'seconds');
export const WAIT = metricName(HISTOGRAMS.acquire.name, 'seconds');
export const USE = metricName('db.client.connection.use_time', 'seconds');
export const SETUP = metricName('pg_otel.connection.setup.duration', 'seconds');
export const ROWS = metricName('db.client.response.returned_rows', '');

/** The gauge that rules of a `watch` read. */
export function gaugeName(watch: GaugeWatch): string {
  const { metric, unit } = gaugeOf({ watch });
  return metricName(metric, unit);
}

export const POOL_LABELS = 'service_name, db_client_connection_pool_name, instance';

export function rate(metric: string, selector: string, window = RATE_WINDOW): string {
  return `rate(${metric}{${selector}}[${window}])`;
}

/** @param by labels, separated by `, `; empty for one sum of all series */
export function sum(by: string, vector: string): string {
  return by === '' ? `sum(${vector})` : `sum by (${by}) (${vector})`;
}

/** A legend that shows the values of labels. */
export function legendOf(by: string): string {
  return by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' ');
}

/** A quantile of a histogram, estimated within a bucket. */
export function quantile(share: number, { histogram, selector, by = '', window }: HistogramPart): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, ${sum(labels, rate(`${histogram}_bucket`, selector, window))})`;
}

/** Series of a histogram, grouped by labels. */
export interface HistogramPart {
  readonly histogram: string;
  readonly selector: string;
  readonly by?: string;
  readonly window?: string;
}

/** The share of operations within a limit. Exact if the limit is a bucket edge. */
export function shareWithin(limit: number, { histogram, selector, by = '' }: HistogramPart): string {
  const within = sum(by, rate(`${histogram}_bucket`, `${selector},${bucketMatcher(limit)}`));
  return `${within} / ${sum(by, rate(`${histogram}_count`, selector))}`;
}

/** Operations per minute above a limit. Exact if the limit is a bucket edge. Clamped, because the difference of two rates may be slightly below zero. */
export function overPerMinute(limit: number, { histogram, selector, by = '' }: HistogramPart): string {
  const within = sum(by, rate(`${histogram}_bucket`, `${selector},${bucketMatcher(limit)}`));
  return `60 * clamp_min(${sum(by, rate(`${histogram}_count`, selector))} - ${within}, 0)`;
}

export function perMinute(by: string, metric: string, selector: string): string {
  return `60 * ${sum(by, rate(metric, selector))}`;
}
