import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../../src';
import { LATENCY_SERIES } from '../charts';
import { count, duration, percent, perSecond } from '../format';
import { bar, empty, legend, type Part, panel, table } from './panel';

export function tiles({ performance: queries, connections }: AllPerformanceData): TemplateResult {
  const { seconds, withinTarget, slow, critical } = queries;
  const all: [string, string, string?][] = [
    ['Queries', perSecond(queries.perSecond), `${count(queries.total)} since the start`],
    ['p50', duration(seconds.p50)],
    ['p95', duration(seconds.p95)],
    ['p99', duration(seconds.p99)],
    [`Within ${duration(withinTarget.seconds)}`, percent(withinTarget.share)],
    ['Failed', percent(queries.errorRate), `${count(queries.failed)} queries`],
    [
      `Slow (over ${duration(slow.thresholdSeconds)})`,
      count(slow.total),
      `${count(critical.total)} over ${duration(critical.thresholdSeconds)}`,
    ],
    [
      `Connects within ${duration(connections.setups.withinTarget.seconds)}`,
      percent(connections.setups.withinTarget.share),
      `${count(connections.failed)} failed`,
    ],
  ];
  return panel(
    { id: 'now', title: `The last ${count(queries.window.count)} queries` },
    html`<dl class="tiles">
      ${all.map(([name, value, more]) => html`<div class="tile"><dt>${name}</dt><dd>${value} ${more === undefined ? nothing : html`<small>${more}</small>`}</dd></div>`)}
    </dl>`,
  );
}

export function latency({ timeline, performance: queries }: AllPerformanceData): TemplateResult {
  const { p50, p95, p99 } = queries.seconds;
  const summary = `Latency of the last hour. Now p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}.`;
  return panel(
    { id: 'latency', title: 'Latency', note: 'Every 10 seconds of the last hour, logarithmic' },
    html`<div class="chart" id="latency-chart" role="img" aria-label=${summary}></div>
      ${timeline.length === 0 ? empty('The first point comes 10 seconds after the start.') : legend(LATENCY_SERIES)}`,
  );
}

export function distribution(queries: Part<'performance'>): TemplateResult {
  const { distribution: buckets, withinTarget, slow, critical } = queries;
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const first = buckets.findIndex((bucket) => bucket.count > 0);
  const last = buckets.findLastIndex((bucket) => bucket.count > 0);
  const zones = [
    { above: critical.thresholdSeconds, severity: 'bad', label: 'critical' },
    { above: slow.thresholdSeconds, severity: 'warn', label: 'slow' },
    { above: withinTarget.seconds, severity: 'late', label: 'above the target' },
    { above: 0, severity: '', label: `within ${duration(withinTarget.seconds)}` },
  ] as const;
  const zoneOf = (upTo: number | null) =>
    zones.find(({ above }) => (upTo ?? Number.POSITIVE_INFINITY) > above) ?? zones[3];
  return panel(
    { id: 'distribution', title: 'Distribution', note: 'Queries of the window by duration', isHalf: true },
    first === -1
      ? empty('No query yet.')
      : table('Queries by duration', buckets.slice(first, last + 1), [
          {
            name: 'up to',
            kind: 'number',
            show: ({ upTo }) => (upTo === null ? 'longer' : duration(upTo)),
          },
          {
            name: 'queries',
            kind: 'bar',
            show: (bucket) => bar(bucket.count / most, zoneOf(bucket.upTo).severity),
          },
          { name: 'count', kind: 'number', show: (bucket) => count(bucket.count) },
          { name: 'target and thresholds', show: ({ upTo }) => zoneOf(upTo).label },
        ]),
  );
}
