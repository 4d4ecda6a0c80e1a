import { context, propagation, TraceFlags, trace } from '@opentelemetry/api';
import { hasComment } from '../sql/sanitize';

/**
 * The statement with the caller's trace context appended as sqlcommenter writes it (semconv, database spans,
 * "Context propagation"): keys in order, keys and values percent-encoded, a quote escaped. `undefined` when there
 * is nothing worth telling the server (no sampled trace), or when the statement has a comment already.
 */
export function withTraceComment(text: string): string | undefined {
  const active = context.active();
  const spanContext = trace.getSpanContext(active);
  if (spanContext === undefined || (spanContext.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  if (hasComment(text)) return undefined;

  const carrier: Record<string, string> = {};
  propagation.inject(active, carrier);
  const pairs = Object.entries(carrier)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${encodeURIComponent(key)}='${encode(value)}'`);
  if (pairs.length === 0) return undefined;

  // A semicolon stays the last of the statement: what follows it would be one more statement to some servers.
  const end = text.search(/[\s;]*$/);
  return `${text.slice(0, end)} /*${pairs.join(',')}*/${text.slice(end)}`;
}

/** `encodeURIComponent` leaves the apostrophe and the star alone; both would end something here. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/['*]/g, (character) => (character === "'" ? '%27' : '%2A'));
