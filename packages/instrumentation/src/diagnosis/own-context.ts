import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/** OpenTelemetry's key to suppress tracing (`@opentelemetry/core`, src/trace/suppress-tracing.ts), for other instrumentations. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const OWN_CONTEXT = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Runs work of pg-otel itself: it belongs to no request, and no other instrumentation creates spans for it. */
export const inOwnContext = <Result>(work: () => Result): Result => context.with(OWN_CONTEXT, work);
