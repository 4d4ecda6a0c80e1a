import type { TracerProvider } from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import type { TracerParts } from './full-spans';
import { LeanTracer } from './lean-tracer';

/**
 * A provider of the SDK, of which the tracers with one name make lean spans.
 *
 * @param parts those that the provider has, too
 */
export function withLeanSpans(
  provider: tracing.BasicTracerProvider,
  leanTracer: string,
  parts: TracerParts,
): TracerProvider & Pick<tracing.BasicTracerProvider, 'forceFlush' | 'shutdown'> {
  return {
    getTracer(...scope) {
      const tracer = provider.getTracer(...scope);
      return scope[0] === leanTracer ? new LeanTracer(tracer, scope, parts) : tracer;
    },
    forceFlush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
}
