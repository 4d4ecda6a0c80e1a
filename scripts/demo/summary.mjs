import { painter } from '../../packages/pg-otel/dist/cli/paint.js';
import { duration } from '../../packages/pg-otel/dist/cli/watch/format.js';
import { cell } from '../../packages/pg-otel/dist/cli/watch/width.js';
import { kindOf } from './figures.mjs';
import { millisBeforeEnd } from './slow-operations.mjs';

const MIN_WIDTH = 40;
const MAX_WIDTH = 120;

/** The demo in numbers, as `--json` prints them. Times are in ms if the name ends so, else in the unit of the metric. */
export function summarize(figures, load, { server, endpoint }) {
  return {
    requests: sorted(load.requests, (statuses) => statuses),
    spans: sorted(figures.spans, ({ count, errors, millis }) => ({
      count,
      errors,
      meanMillis: round(millis / count),
    })),
    events: sorted(figures.events, (count) => count),
    slow: figures.slow.all.map(slowOf),
    metrics: sorted(figures.metrics, ({ unit, series }) => ({
      unit,
      series: [...series.values()].map(seriesOf),
    })),
    // Kinds of spans in the trace that is shown.
    trace: [...new Set(figures.richestTrace().map(kindOf))].sort(),
    pool: poolOf(figures),
    setup: setupOf(figures),
    managedPool: figures.managedPool.health && managedPoolOf(figures.managedPool),
    http: figures.http.count > 0 ? httpOf(figures.http) : undefined,
    // For comparison: statements and connections with a span, those that Postgres counted, and the WebSockets and HTTP
    // requests that Neon's endpoint counted.
    traced: figures.traced,
    server,
    endpoint: endpoint && { webSockets: endpoint.connections, requests: endpoint.requests },
  };
}

function seriesOf({ attributes, value, count, sum }) {
  return value === undefined ? { attributes, count, sum: round(sum) } : { attributes, value: round(value) };
}

/** `warnings`: when each was received, after it had crossed the limit and before it ended. */
function slowOf(operation) {
  const { name, kind, millis, warnings, diagnosis } = operation;
  return {
    name,
    kind,
    tookMillis: round(millis),
    ...(diagnosis && { diagnosis }),
    warnings: warnings.map((warning) => ({
      limitSeconds: warning.limitSeconds,
      afterCrossingMillis: round(warning.afterMillis),
      beforeEndMillis: round(millisBeforeEnd(operation, warning)),
    })),
  };
}

function poolOf(figures) {
  const waits = figures.histogram('db.client.connection.wait_time');
  const { used, pending, utilization, oldestWaitMillis } = figures.poolPeak;
  return {
    limit: figures.poolLimit,
    mostUsed: used,
    mostWaiting: pending,
    highestUtilization: utilization,
    oldestWaitMillis: round(oldestWaitMillis),
    requests: waits.count,
    meanWaitMillis: round((1_000 * waits.sum) / Math.max(1, waits.count)),
  };
}

function setupOf(figures) {
  const { count, sum } = figures.createTimes();
  const phases = figures.metrics.get('pg_otel.connection.setup.duration')?.series.values() ?? [];
  return {
    connections: count,
    meanMillis: round((1_000 * sum) / Math.max(1, count)),
    phaseMeanMillis: Object.fromEntries(
      [...phases].map((point) => [
        point.attributes['pg_otel.connection.phase'],
        round((1_000 * point.sum) / point.count),
      ]),
    ),
  };
}

function managedPoolOf({ changes, health, recoveries, retries, resizes }) {
  return {
    health: health.state,
    recoveries: recoveries.count,
    meanRecoveryMillis: round(recoveries.meanMillis),
    retries: Object.fromEntries(retries),
    resizes: Object.fromEntries(resizes),
    changes: changes.map(({ body }) => body),
  };
}

function httpOf({ count, batches, batchedStatements, parts }) {
  return {
    requests: count,
    batches,
    batchedStatements,
    connectionsOpened: parts.get('connect')?.count ?? 0,
    partMeanMillis: Object.fromEntries(
      [...parts].map(([name, sum]) => [name, round(sum.millis / sum.count)]),
    ),
  };
}

/** @param picture the panels of `pg-otel watch`, if they were not on a screen */
export function printSummary(summary, picture, output) {
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, (output.columns || 101) - 1));
  const paint = painter(Boolean(output.isTTY || process.env.FORCE_COLOR) && !process.env.NO_COLOR);
  const panels = picture.lines(width, paint);
  const lines = [
    ...(panels.length > 0 ? [...panels, ''] : []),
    paint('bold', `${cell('Requests to the shop', 40)}responses`),
    ...Object.entries(summary.requests).map(([route, statuses]) => {
      const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
      return `${cell(route, 40)}${answers.join(', ')}`;
    }),
    '',
    paint('bold', `${cell('Spans', 40)}${'count'.padStart(7)}${'errors'.padStart(8)}${'mean'.padStart(11)}`),
    ...Object.entries(summary.spans).map(([name, { count, errors, meanMillis }]) => {
      const failed = errors === 0 ? ''.padStart(8) : paint('red', String(errors).padStart(8));
      return `${cell(name, 40)}${String(count).padStart(7)}${failed}${duration(meanMillis / 1_000).padStart(11)}`;
    }),
  ];
  lines.push(...slowestLines(summary.slow));
  if (summary.server !== undefined) lines.push('', ...countedLines(summary));
  output.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
}

function countedLines({ traced, http, server, endpoint }) {
  if (endpoint === undefined) {
    return [
      `Spans: ${traced.statements} statements on ${traced.connections} connections.`,
      `Counted by Postgres: ${server.statements} statements on ${server.connections} connections.`,
    ];
  }
  return [
    `Spans: ${traced.statements} statements in ${http.requests} HTTP requests and on ${traced.connections} WebSockets.`,
    `Counted by Postgres: ${server.statements} statements. Counted by Neon's endpoint: ${endpoint.requests} requests and ${endpoint.webSockets} WebSockets, those for the questions about slow queries included.`,
  ];
}

/** The slowest operation that has ended, and the events it emitted before. */
function slowestLines(slow) {
  const [slowest] = slow
    .filter(({ tookMillis }) => tookMillis !== undefined)
    .sort((one, other) => other.tookMillis - one.tookMillis);
  if (slowest === undefined) return [];
  const warnings = slowest.warnings.map(({ limitSeconds, beforeEndMillis }) => {
    const lead = beforeEndMillis > 0 ? `${duration(beforeEndMillis / 1_000)} before` : 'after';
    return `above ${limitSeconds} s, received ${lead} its end`;
  });
  return [
    '',
    `${slowest.name} took ${duration(slowest.tookMillis / 1_000)}.`,
    `Its events: ${warnings.join('; ')}.`,
  ];
}

function sorted(map, value) {
  const entries = [...map].sort(([one], [other]) => one.localeCompare(other, 'en'));
  return Object.fromEntries(entries.map(([name, content]) => [name, value(content)]));
}

function round(number) {
  return number === undefined ? undefined : Math.round(number * 1_000) / 1_000;
}
