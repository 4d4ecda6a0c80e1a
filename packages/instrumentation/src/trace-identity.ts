import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { TraceIdentity } from './channels';

export const isSampled = (spanContext: SpanContext | undefined): boolean =>
  spanContext !== undefined && (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;

export const traceIdentity = (spanContext: SpanContext | undefined): TraceIdentity => ({
  traceId: spanContext?.traceId,
  spanId: spanContext?.spanId,
  isSampled: isSampled(spanContext),
});
