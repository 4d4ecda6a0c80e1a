import { median } from '../added-cost.mjs';
import { table } from '../table.mjs';
import { EVENT_GOAL, POOL_GOAL, summary, verdict } from './goals.mjs';
import { BATCH, MIXES } from './trials.mjs';

/** The figures as Markdown. */
export function report({ conditions, slow, refused, pools, throughput, isPinned }) {
  return [
    conditions,
    '### How soon',
    'Shipped thresholds, default settings, no sampled traces, one host with one clock. Seconds from the moment in which the threshold is crossed (the start of the query plus the threshold, by the application’s clock), the connection is refused, or the pool is full:',
    latencyTable(slow, refused, pools),
    'Critical alerts are grouped by rule, service, server and database: the first alert of a group is notified at once, the next ones together ten seconds later (`group_interval`). A warning waits 15 s in Alertmanager and is not in these figures. The alert of a pool takes the application’s export (10 s), the scrape (5 s), the evaluation (5 s) and the 20 s that the level has to hold.',
    goals(slow, refused, pools),
    '### How much',
    `One core of the collector, profile \`single\`${isPinned ? ', pinned to that core' : ''} (\`GOMAXPROCS=1\`). Senders and sinks ${isPinned ? 'have the other core' : 'share the machine'} and use at most ${percent(mostBusy(throughput))} of a core. *Without* is the same configuration without the alert branch: it also receives the log records and drops them (\`debug\`). Recorded requests of a real application are repeated in a closed loop over OTLP/HTTP (protobuf), as fast as the collector accepts them. A request has ${BATCH} spans, four of five of them of queries. Traces leave through the shipped exporter and disk queue, by gRPC, to a sink that accepts everything. Alerts leave to a stand-in for the bridge. The figures are medians of ${count(throughput)} rounds, with and without in turn; the ratio is that of the medians.`,
    throughputTable(throughput),
    mixes(),
  ].join('\n\n');
}

function latencies(slow, refused, pools) {
  const of = (severity) => slow.filter((one) => one.severity === severity);
  const critical = of('critical');
  const to = (key, list) => list.map((one) => one[key]);
  return [
    ['a query over 1 s', 'Alertmanager', to('toAlertmanager', of('warning'))],
    ['a query over 5 s', 'Alertmanager', to('toAlertmanager', critical)],
    ['the same, first of its group', 'critical receiver', to('toReceiver', critical.filter(isFirst))],
    [
      'the same, later ones',
      'critical receiver',
      to(
        'toReceiver',
        critical.filter((one) => !isFirst(one)),
      ),
    ],
    ['a refused connection', 'Alertmanager', to('toAlertmanager', refused)],
    ['the same', 'critical receiver', to('toReceiver', refused)],
    ['a pool at 97 %', 'critical receiver', to('toReceiver', pools)],
  ];
}

const isFirst = (one) => one.isFirst;

function latencyTable(...measured) {
  const lines = latencies(...measured).map(([what, to, values]) => {
    const { count, median, p95, max } = summary(values);
    return [what, to, `${count}`, ...(count === 0 ? ['', '', ''] : [median, p95, max].map(seconds))];
  });
  return table(['from', 'to', 'alerts', 'median', 'p95', 'max'], lines);
}

function goals(slow, refused, pools) {
  const toAlertmanager = [...slow, ...refused].map((one) => one.toAlertmanager);
  const { median, p95, max } = summary(toAlertmanager);
  const pool = summary(pools.map((one) => one.toReceiver));
  const lines = [
    [
      `${EVENT_GOAL} s from crossing the limit to Alertmanager, in 95 % of all cases`,
      `median ${seconds(median)} s, p95 ${seconds(p95)} s, max ${seconds(max)} s`,
      verdict(p95 <= EVENT_GOAL),
    ],
    [
      `a nearly exhausted pool at the critical receiver within ${POOL_GOAL} s, each time`,
      `median ${seconds(pool.median)} s, max ${seconds(pool.max)} s`,
      verdict(pool.max <= POOL_GOAL),
    ],
  ];
  return table(['goal', 'measured', ''], lines);
}

function throughputTable(throughput) {
  const lines = Object.entries(throughput).flatMap(([mix, cells]) => {
    const of = (variant, key) => median(cells[variant].map((cell) => cell[key]));
    const ratio = of('with', 'spansPerSecond') / of('without', 'spansPerSecond');
    return ['without', 'with'].map((variant) => [
      mix,
      variant,
      thousands(of(variant, 'spansPerSecond')),
      range(cells[variant].map((cell) => cell.spansPerSecond)),
      variant === 'with' ? ratio.toFixed(2) : '',
      of(variant, 'cpuSeconds').toFixed(2),
      percent(of(variant, 'busy')),
      of(variant, 'memoryMib').toFixed(0),
      percent(of(variant, 'refused')),
    ]);
  });
  const heads = [
    ...['load', 'alert branch', 'spans/s', 'least – most', 'with : without'],
    ...['CPU s per 100,000 spans', 'core busy', 'RSS, MiB', 'refused, sent again'],
  ];
  return table(heads, lines);
}

function mixes() {
  const { ordinary, incident } = MIXES;
  const spans = (share) => `${Math.round(1 / share).toLocaleString('en')} spans`;
  return (
    '*ordinary*: one log record of the application for each span, which the alert branch drops, and one event of the ' +
    `instrumentation (slow queries over 1 s and 5 s, refused connections) for ${spans(ordinary.events)}. *incident*: one ` +
    `event for ${spans(incident.events)}. Metrics are one request every ten seconds and are left out.`
  );
}

function count(throughput) {
  return Object.values(throughput)[0].with.length;
}

/** Of the senders and sinks. If it is far below a whole core, they do not limit the collector. */
function mostBusy(throughput) {
  const cells = Object.values(throughput).flatMap((variants) => [...variants.with, ...variants.without]);
  return Math.max(...cells.map(({ loadBusy }) => loadBusy));
}

function range(values) {
  return `${thousands(Math.min(...values))} – ${thousands(Math.max(...values))}`;
}

function thousands(value) {
  return (Math.round(value / 100) * 100).toLocaleString('en');
}

function percent(share) {
  return `${(share * 100).toFixed(0)} %`;
}

function seconds(value) {
  return value.toFixed(value < 10 ? 2 : 1);
}
