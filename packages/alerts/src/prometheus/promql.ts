/** Texts of PromQL. */

/** A string in double quotes: escapes are Go's, which JSON's are a part of. Half a surrogate is not UTF-8. */
export function quoted(value: string): string {
  return JSON.stringify(value.replace(/\p{Surrogate}/gu, '\ufffd'));
}

export function selector(metric: string, matchers: readonly string[]): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`;
}

/** As PromQL has them in brackets: `90s`, `5m`, `1h`; whole milliseconds. */
export function duration(seconds: number): string {
  const millis = Math.round(seconds * 1000);
  if (millis === 0) return '0s';
  const [unit, size] = (
    [
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1000],
      ['ms', 1],
    ] as const
  ).find(([, of]) => millis % of === 0) as readonly [string, number];
  return `${millis / size}${unit}`;
}

/** A number as a part of a metric's name, where no point may stand. */
export function inName(seconds: number): string {
  return duration(seconds);
}

/**
 * The bucket of an edge. Prometheus 2 stores an edge as the collector writes it, `1`; Prometheus 3 makes `1.0` of it.
 */
export function bucketMatcher(edge: number): string {
  return Number.isInteger(edge) ? `le=~"${edge}(\\\\.0)?"` : `le="${edge}"`;
}

/**
 * Sums and the like over a label of another name: grouped by the metric's own label first, so that renaming cannot make
 * two series one, which would fail the whole rule.
 */
export function groupedBy(
  aggregation: 'sum' | 'max' | 'min',
  labels: readonly string[],
  expression: string,
): string {
  const own = labels.map((label) => (label === 'pool' ? POOL_NAME : label));
  const grouped = `${aggregation} by (${own.join(', ')}) (${expression})`;
  if (!labels.includes('pool')) return grouped;
  // `.` is no line feed in Prometheus 2.
  const renamed = `label_replace(${grouped}, "pool", "$1", "${POOL_NAME}", "((?s:.*))")`;
  return `${aggregation} by (${labels.join(', ')}) (${renamed})`;
}

const POOL_NAME = 'db_client_connection_pool_name';
