import type { OtlpCapture } from './otlp-capture';

/**
 * The captured spans with the name of their parent, sorted by name: the start times of the SDK are exact to a
 * millisecond only.
 */
export function capturedSpans(capture: OtlpCapture) {
  const names = new Map(capture.spans().map(({ spanId, name }) => [spanId, name]));
  return byName(
    capture.spans().map(({ name, kind, parentSpanId, status, attributes }) => {
      // Only set when the machine was busy for a millisecond in between.
      const { 'pg_otel.response.first_row_time': _, ...certain } = attributes;
      return {
        name,
        kind,
        parent: parentSpanId && names.get(parentSpanId),
        status: [status.code, status.message].join(' ').trim(),
        attributes: certain,
      };
    }),
  );
}

export function byName<Named extends { name: string }>(spans: Named[]): Named[] {
  return spans.sort((one, other) => one.name.localeCompare(other.name));
}
