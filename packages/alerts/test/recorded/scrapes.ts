/** What the collector's `prometheus` exporter answered, one answer for each export. */
export type Scrapes = string[];

/**
 * The series of all scrapes as `promtool test rules` takes them. Prometheus 2 keeps an edge as it is written, `1`;
 * Prometheus 3 makes `1.0` of it, which promtool, that scrapes nothing, does not.
 */
export function scrapedSeries(scrapes: Scrapes, version: '2' | '3'): { series: string; values: string }[] {
  const values = new Map<string, string[]>();
  for (const [index, scrape] of scrapes.entries()) {
    for (const line of scrape.split('\n')) {
      const [, scraped, value] = /^([^#\s][^{\s]*\{.*\}) (\S+)$/.exec(line) ?? [];
      if (scraped === undefined || value === undefined) continue;
      const series = version === '3' ? scraped.replace(/le="(\d+)"/, 'le="$1.0"') : scraped;
      const all = values.get(series) ?? Array.from(scrapes, () => '_');
      all[index] = value;
      values.set(series, all);
    }
  }
  return [...values].map(([series, all]) => ({ series, values: all.join(' ') }));
}
