import { barAt, cell, duration, paint, wrap } from '../draw.mjs';
import { millisOf, phasesOf } from '../figures.mjs';
import { httpPartsOf } from '../http-requests.mjs';

/** Of one trace; the requests of the shop have up to 20 spans. */
const MAX_ROWS = 12;

/** The traces with the most to see as trees on a time line, and where the time of the slowest query went. */
export function tracePanel(figures, width) {
  const lines = traceLines('A trace', figures.richestTrace(), width);
  const request = figures.richestRequest();
  if (request.length > 0) lines.push(...traceLines('A request over HTTP', request, width));
  const slowest = figures.slowestQuery();
  if (slowest !== undefined) lines.push(paint('bold', 'The slowest query'), ...slowestLines(slowest, width));
  return lines;
}

function traceLines(title, spans, width) {
  const id = spans.length > 0 ? `  ${spans[0].traceId.slice(0, 16)}` : '';
  return [paint('bold', title) + paint('dim', id), ...treeLines(spans, width)];
}

function treeLines(spans, width) {
  if (spans.length === 0) return [];
  const [{ start }] = [...spans].sort(byStart);
  const end = spans.map((span) => span.end).sort(descending)[0];
  const whole = Number(end - start) / 1e6;
  const labelWidth = Math.min(26, Math.floor(width * 0.45));
  const barWidth = width - labelWidth - 11;

  const rows = rowsOf(spans);
  const more = rows.length - MAX_ROWS;
  const shown = more > 1 ? rows.slice(0, MAX_ROWS) : rows;
  const lines = shown.map(({ branch, name, from, millis, isError }) => {
    const place = barAt(Number(from - start) / 1e6 / whole, millis / whole, barWidth);
    const label = cell(`${paint('dim', branch)}${name}`, labelWidth);
    return `${label} ${duration(millis).padStart(9)} ${paint(isError ? 'red' : branch === '' ? 'blue' : 'cyan', place)}`;
  });
  return more > 1 ? [...lines, paint('dim', `… ${more} more`)] : lines;
}

/** Depth first, children by their start; the parts of a span's own time are its last children. */
function rowsOf(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  return [...roots].sort(byStart).flatMap((root) => [...walk(root, '', '')]);

  function* walk(span, branch, indent) {
    yield {
      branch,
      name: nameOf(span),
      from: span.start,
      millis: millisOf(span),
      isError: span.status.code === 'ERROR',
    };
    const children = [
      ...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).sort(byStart),
      ...phasesOf(span),
      ...httpPartsOf(span),
    ];
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      const childBranch = `${indent}${isLast ? '└ ' : '├ '}`;
      if (child.spanId !== undefined) {
        yield* walk(child, childBranch, `${indent}${isLast ? '  ' : '│ '}`);
      } else {
        const from = child.end - BigInt(Math.round(child.millis * 1e6));
        yield { branch: childBranch, name: child.name, from, millis: child.millis, isError: false };
      }
    }
  }
}

/** The name of a request's span is its method, because no framework reports a route. */
function nameOf({ name, attributes }) {
  return [name, attributes['url.path']].filter((part) => part !== undefined).join(' ');
}

function byStart(one, other) {
  return one.start < other.start ? -1 : 1;
}

function descending(one, other) {
  return one > other ? -1 : 1;
}

const parts = [
  { attribute: 'pg_otel.pool.wait_time', name: 'waited for the pool' },
  { attribute: 'pg_otel.client.queue_time', name: 'queued on the client' },
  { attribute: 'pg_otel.response.first_row_time', name: 'first row after' },
];

function slowestLines(span, width) {
  const details = parts
    .filter(({ attribute }) => span.attributes[attribute] !== undefined)
    .map(({ attribute, name }) => `${name} ${duration(1_000 * span.attributes[attribute])}`);
  const rows = span.attributes['db.response.returned_rows'];
  if (rows !== undefined) details.push(`${rows} rows`);
  const time = duration(millisOf(span));
  return [
    `${cell(span.name, width - time.length - 1)} ${paint('yellow', time)}`,
    ...wrap(details, width - 2, ' · ').map((line) => paint('dim', `  ${line}`)),
  ];
}
