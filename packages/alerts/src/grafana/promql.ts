import { bucketMatcher, metricName } from '../prometheus/promql';
import { HISTOGRAMS } from '../rules/histograms';
import type { GaugeWatch } from '../rules/rule';
import { gaugeOf } from '../rules/watch';

/** Pieces of the dashboards' PromQL. Labels to group by are separated by `, `; empty for one sum of all series. */

/** A variable of Grafana: four times the scrape interval, or the width of a point if that is longer. */
export const RATE_WINDOW = '$__rate_interval';
/** The time range of the dashboard. */
export const SHOWN = '$__range';

export const POOL = 'service_name, db_client_connection_pool_name';
export const INSTANCE = `${POOL}, instance`;

/** A histogram with the names of its series. */
function histogram(metric: string, unit: 'seconds' | '' = 'seconds') {
  const name = metricName(metric, unit);
  return { metric, bucket: `${name}_bucket`, count: `${name}_count`, sum: `${name}_sum` };
}
export const OPERATION = histogram(HISTOGRAMS.query.name);
export const CREATE = histogram(HISTOGRAMS.connect.name);
export const WAIT = histogram(HISTOGRAMS.acquire.name);
export const USE = histogram('db.client.connection.use_time');
export const RECOVERY = histogram('pg_otel.connection.recovery.duration');
export const SETUP = histogram('pg_otel.connection.setup.duration');
export const ROWS = histogram('db.client.response.returned_rows', '');

const over =
  (calculation: 'rate' | 'increase') =>
  (metric: string, selector: string, window = RATE_WINDOW): string =>
    `${calculation}(${metric}{${selector}}[${window}])`;
export const rate = over('rate');
export const increase = over('increase');

export const sum = (by: string, vector: string): string =>
  by === '' ? `sum(${vector})` : `sum by (${by}) (${vector})`;

/** A query of a panel. */
export interface Query {
  readonly expr: string;
  /** With labels in braces: `{{service_name}}`. */
  readonly legend: string;
  /** Links of its series (`tracesLink`). */
  readonly links?: readonly object[];
}

/** A legend with the values of labels. */
export const legendOf = (by: string): string => by.replaceAll(/\w+/g, '{{$&}}').replaceAll(',', '');
export const grouped = (by: string, expr: string, legend = legendOf(by)): Query => ({ expr, legend });
export const summed = (by: string, vector: string, legend?: string): Query =>
  grouped(by, sum(by, vector), legend);
/** The part of the sum of all series that each group has. */
export const part = (by: string, vector: string, all: string): Query =>
  grouped(by, `${sum(by, vector)} / scalar(${sum('', all)})`);
export const perMinute = (by: string, counter: string, selector: string, legend?: string): Query =>
  grouped(by, `60 * ${sum(by, rate(counter, selector))}`, legend);
/** The highest or lowest value of each pool in each instance. */
export const extreme = (of: 'max' | 'min', metric: string, selector: string): Query =>
  grouped(INSTANCE, `${of} by (${INSTANCE}) (${metric}{${selector}})`);

/** The worst value of the gauge that rules of a `watch` read, of each pool in each instance. */
export function worst(watch: GaugeWatch, selector: string): Query {
  const gauge = gaugeOf({ watch });
  return extreme(gauge.worst, metricName(gauge.metric, gauge.unit), selector);
}

/** Series of a histogram, grouped by labels. */
export interface Series {
  readonly histogram: ReturnType<typeof histogram>;
  readonly selector: string;
  readonly by: string;
}

/** A quantile of a histogram, estimated within a bucket. */
export function quantile(share: number, { histogram, selector, by }: Series, window?: string): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, ${sum(labels, rate(histogram.bucket, selector, window))})`;
}

/** The operations within a limit, and all operations, per second. Exact if the limit is a bucket edge. */
export function counts(limit: number, { histogram, selector, by }: Series): { within: string; all: string } {
  const bucket = `${selector},${bucketMatcher(limit)}`;
  return { within: sum(by, rate(histogram.bucket, bucket)), all: sum(by, rate(histogram.count, selector)) };
}

/** Operations per minute above a limit. Clamped, because the difference of two rates may be slightly below zero. */
export function aboveLimit(limit: number, series: Series): string {
  const { within, all } = counts(limit, series);
  return `60 * clamp_min(${all} - ${within}, 0)`;
}
