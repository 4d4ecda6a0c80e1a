import { context, propagation, TraceFlags, trace } from '@opentelemetry/api';
import { hasComment } from '../sql/sanitize';

/**
 * Adds the caller's trace context to a statement, in the format of sqlcommenter with percent-encoded values (semconv,
 * database spans, "Context propagation").
 *
 * @param isPrepended whether the comment precedes the statement, so that it stays visible when the server cuts the text
 * @returns `undefined` without a sampled trace, or when the statement contains a comment already
 */
export function withTraceComment(text: string, isPrepended: boolean): string | undefined {
  const active = context.active();
  const spanContext = trace.getSpanContext(active);
  if (spanContext === undefined || (spanContext.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  if (hasComment(text)) return undefined;

  const carrier: Record<string, string> = {};
  propagation.inject(active, carrier);
  const pairs = TRACE_KEYS.filter((key) => carrier[key]).map(
    (key) => `${key}='${encode(carrier[key] ?? '')}'`,
  );
  if (pairs.length === 0) return undefined;

  const comment = `/*${pairs.join(',')}*/`;
  if (isPrepended) return `${comment} ${text}`;
  // The comment is placed before the last semicolon: some servers read text after a semicolon as another statement.
  const end = endOfStatement(text);
  return `${text.slice(0, end)} ${comment}${text.slice(end)}`;
}

/**
 * In the order that sqlcommenter requires. Baggage is excluded: it may contain user data, and servers log their
 * statements.
 */
const TRACE_KEYS = ['traceparent', 'tracestate'] as const;

function endOfStatement(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ';' || text[end - 1]?.trim() === '')) end -= 1;
  return end;
}

/** Encodes the apostrophe and the asterisk as well, which would end the value or the comment. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/['*]/g, (character) => (character === "'" ? '%27' : '%2A'));
