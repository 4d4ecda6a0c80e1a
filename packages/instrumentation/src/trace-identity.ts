import { INVALID_TRACEID, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { TraceIdentity } from './channels';

export const isSampled = (spanContext: SpanContext | undefined): boolean =>
  spanContext !== undefined && (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;

/** Undefined for a span without ids, which other instrumentations make active when there is no tracer provider. */
export const withIds = (spanContext: SpanContext | undefined): SpanContext | undefined =>
  spanContext?.traceId === INVALID_TRACEID ? undefined : spanContext;

export const traceIdentity = (spanContext: SpanContext | undefined): TraceIdentity => ({
  traceId: spanContext?.traceId,
  spanId: spanContext?.spanId,
  isSampled: isSampled(spanContext),
});
