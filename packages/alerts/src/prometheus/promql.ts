import { duration } from '../rules/text';
import { TIMES } from '../rules/times';
import type { Recording } from '../rules/watch/definition';

/** Pieces of PromQL. Metric names are those of the collector's `prometheus` exporter. */

/** Labels of a process: its counters are reset together. */
export const INSTANCE = ['job', 'instance'] as const;

/** The name of a metric in Prometheus, without `_bucket` and `_count`. */
export function metricName(name: string, unit: '' | 'ratio' | 'seconds'): string {
  return `${name.replaceAll('.', '_')}${unit === '' ? '' : `_${unit}`}`;
}

/** A string literal. Go's escapes include those of JSON. Lone surrogates are replaced, because they are not valid UTF-8. */
export function quoted(value: string): string {
  return JSON.stringify(value.replace(/\p{Surrogate}/gu, '\ufffd'));
}

export function selector(metric: string, matchers: readonly string[]): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`;
}

/** Matches the bucket of an edge. Prometheus 2 stores the edge 1 as `1`, as the collector writes it; Prometheus 3 stores `1.0`. */
export function bucketMatcher(edge: number): string {
  return Number.isInteger(edge) ? `le=~"${edge}(\\\\.0)?"` : `le="${edge}"`;
}

/** The operations of a histogram up to an edge. `max`, not `sum`: after an upgrade of Prometheus, both spellings of an edge exist for some minutes. */
export const within = (metric: string, edge: number) =>
  `max without (le) (${metric}_bucket{${bucketMatcher(edge)}})`;

/** Sums by process and labels. */
export const perProcess = (labels: readonly string[], expression: string) =>
  groupedBy('sum', [...INSTANCE, ...labels], expression);

/**
 * Aggregates by labels of alerts. Aggregates by the pool label of the metric before renaming it: otherwise, renaming could
 * make two series equal, and the whole rule would fail.
 */
export function groupedBy(
  aggregation: 'sum' | 'max' | 'min',
  labels: readonly string[],
  expression: string,
): string {
  const own = labels.map((label) => (label === 'pool' ? POOL_NAME : label));
  const grouped = `${aggregation} by (${own.join(', ')}) (${expression})`;
  if (!labels.includes('pool')) return grouped;
  // `.` does not match a line feed in Prometheus 2.
  const renamed = `label_replace(${grouped}, "pool", "$1", "${POOL_NAME}", "((?s:.*))")`;
  return `${aggregation} by (${labels.join(', ')}) (${renamed})`;
}

const POOL_NAME = 'db_client_connection_pool_name';

/**
 * Records a counter, and since when it is recorded. Without that, everything that a new Prometheus finds, or that a counter
 * for a new limit already contains, would count as an increase.
 */
export const counting = (counter: Recording): [Recording, Recording] => [
  counter,
  { record: `${counter.record}_watched`, expr: 'vector(1)' },
];

/**
 * The increase of a counter in a window, including resets. `increase()` alone misses the first value of a series, such as
 * the first slow execution of a statement. The first value of a series that did not exist before the window counts
 * entirely if Prometheus already evaluated the rule before the window.
 *
 * @param labels of the sum; empty for one sum of all series
 * @param counter a recorded sum per process, from `counting`
 * @param remembered the recording that shows whether the counter existed before. Default: the counter itself. A recording
 *   of its values above zero has the same effect with fewer series
 */
export function increaseIn(
  windowSeconds: number,
  labels: readonly string[],
  counter: string,
  remembered = counter,
): string {
  const window = duration(windowSeconds);
  const known = `count_over_time(${remembered}[${duration(TIMES.counterRemembered)}] offset ${window})`;
  return `sum ${labels.length === 0 ? '' : `by (${labels.join(', ')}) `}(
    (${counter} unless ${known})
    and on () ${counter}_watched offset ${duration(windowSeconds + TIMES.settle)}
  or
    increase(${counter}[${window}])
  )`;
}
