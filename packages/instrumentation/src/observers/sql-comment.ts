import { context, propagation, TraceFlags, trace } from '@opentelemetry/api';
import { hasComment } from '../sql/sanitize';

/**
 * The statement with the caller's trace context appended as sqlcommenter writes it (semconv, database spans,
 * "Context propagation"), values percent-encoded. `undefined` when there is nothing worth telling the server (no
 * sampled trace), or when the statement has a comment already.
 */
export function withTraceComment(text: string): string | undefined {
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

  // A semicolon stays the last of the statement: what follows it would be one more statement to some servers.
  const end = lastOfStatement(text);
  return `${text.slice(0, end)} /*${pairs.join(',')}*/${text.slice(end)}`;
}

/** In order, as sqlcommenter wants them. Baggage may hold user data and would end in the server's log. */
const TRACE_KEYS = ['traceparent', 'tracestate'] as const;

function lastOfStatement(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ';' || text[end - 1]?.trim() === '')) end -= 1;
  return end;
}

/** `encodeURIComponent` leaves the apostrophe and the star alone; both would end something here. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/['*]/g, (character) => (character === "'" ? '%27' : '%2A'));
