import type { CapturedSpan } from './otlp-records';

/**
 * The spans of one trace as an indented outline: `SERVER GET /notes`, below it its children, by name (their start times
 * are whole milliseconds in part). Those without a parent among the given spans are at the left.
 */
export function traceOutline(spans: readonly CapturedSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return outline(
    spans,
    spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId)),
    '',
  );
}

function outline(all: readonly CapturedSpan[], siblings: readonly CapturedSpan[], indent: string): string[] {
  return siblings
    .map((span) => ({ span, title: titleOf(span) }))
    .sort((one, other) => (one.title < other.title ? -1 : 1))
    .flatMap(({ span, title }) => [
      indent + title,
      ...outline(
        all,
        all.filter(({ parentSpanId }) => parentSpanId === span.spanId),
        `${indent}  `,
      ),
    ]);
}

function titleOf({ kind, name, status }: CapturedSpan): string {
  return [kind, name, ...(status.code === 'ERROR' ? ['ERROR'] : [])].join(' ');
}
