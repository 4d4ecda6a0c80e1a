import { INVALID_TRACEID, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { TraceIdentity } from './channels';

/** API 1.9 exports values by getters, which cost each use 10 ns or more. */
const { SAMPLED } = TraceFlags;
const NO_TRACE = INVALID_TRACEID;

export const isSampled = (spanContext: SpanContext | undefined): boolean =>
  spanContext !== undefined && (spanContext.traceFlags & SAMPLED) !== 0;

/**
 * Undefined for a span without ids, which other instrumentations make active when there is no tracer provider. It is never
 * sampled: the comparison of two texts takes up to 60 ns, and most spans do without.
 */
export const withIds = (spanContext: SpanContext | undefined): SpanContext | undefined =>
  !isSampled(spanContext) && spanContext?.traceId === NO_TRACE ? undefined : spanContext;

export const traceIdentity = (spanContext: SpanContext | undefined): TraceIdentity => ({
  traceId: spanContext?.traceId,
  spanId: spanContext?.spanId,
  isSampled: isSampled(spanContext),
});
