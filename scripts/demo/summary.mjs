import { cell, duration, paint } from './draw.mjs';
import { kindOf } from './figures.mjs';
import { panels, widthFor } from './screen.mjs';
import { millisBeforeEnd } from './slow-operations.mjs';

/** The demo in numbers; what `--json` prints. Times are in ms where the name says so, else in the metric's unit. */
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
    // What the trace that is shown consists of.
    trace: [...new Set(figures.mostTellingTrace().map(kindOf))].sort(),
    pool: poolOf(figures),
    setup: setupOf(figures),
    http: figures.http.count > 0 ? httpOf(figures.http) : undefined,
    // The same twice: as the spans tell it, and as Postgres counted it; WebSockets and HTTP requests, as Neon's
    // endpoint counted them.
    told: figures.told,
    server,
    endpoint: endpoint && { webSockets: endpoint.connections, requests: endpoint.requests },
  };
}

function seriesOf({ attributes, value, count, sum }) {
  return value === undefined ? { attributes, count, sum: round(sum) } : { attributes, value: round(value) };
}

/** `warnings`: when each was received, after it had crossed the limit and before it ended. */
function slowOf(operation) {
  const { name, kind, millis, warnings } = operation;
  return {
    name,
    kind,
    tookMillis: round(millis),
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
    limit: figures.poolSamples.at(-1)?.limit,
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

export function printSummary(summary, figures, output) {
  const width = widthFor(output);
  const lines = [
    ...panels(figures, width),
    '',
    paint('bold', `${cell('What the shop was asked', 40)}answers`),
    ...Object.entries(summary.requests).map(([route, statuses]) => {
      const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
      return `${cell(route, 40)}${answers.join(', ')}`;
    }),
    '',
    paint('bold', `${cell('Spans', 40)}${'count'.padStart(7)}${'errors'.padStart(8)}${'mean'.padStart(11)}`),
    ...Object.entries(summary.spans).map(([name, { count, errors, meanMillis }]) => {
      const failed = errors === 0 ? ''.padStart(8) : paint('red', String(errors).padStart(8));
      return `${cell(name, 40)}${String(count).padStart(7)}${failed}${duration(meanMillis).padStart(11)}`;
    }),
  ];
  lines.push(...slowestLines(summary.slow));
  if (summary.server !== undefined) lines.push('', ...countedLines(summary));
  output.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
}

function countedLines({ told, http, server, endpoint }) {
  if (endpoint === undefined) {
    return [
      `The spans tell of ${told.statements} statements on ${told.connections} connections;`,
      `Postgres itself counted ${server.statements} on ${server.connections}.`,
    ];
  }
  return [
    `The spans tell of ${told.statements} statements in ${http.requests} HTTP requests and on ${told.connections} WebSockets;`,
    `Postgres itself counted ${server.statements}, Neon's endpoint ${endpoint.requests} and ${endpoint.webSockets}.`,
  ];
}

/** The slowest that has ended, and what was known of it before. */
function slowestLines(slow) {
  const [slowest] = slow
    .filter(({ tookMillis }) => tookMillis !== undefined)
    .sort((one, other) => other.tookMillis - one.tookMillis);
  if (slowest === undefined) return [];
  const warnings = slowest.warnings.map(({ limitSeconds, beforeEndMillis }) => {
    const lead = beforeEndMillis > 0 ? `${duration(beforeEndMillis)} before it ended` : 'after it had ended';
    return `at ${limitSeconds} s (${lead})`;
  });
  return [
    '',
    `${slowest.name} took ${duration(slowest.tookMillis)}.`,
    `Events told of it ${warnings.join(' and ')}.`,
  ];
}

function sorted(map, value) {
  const entries = [...map].sort(([one], [other]) => one.localeCompare(other, 'en'));
  return Object.fromEntries(entries.map(([name, content]) => [name, value(content)]));
}

function round(number) {
  return number === undefined ? undefined : Math.round(number * 1_000) / 1_000;
}
