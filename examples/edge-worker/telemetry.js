import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

let provider;

/** Once in an isolate, with the variables that come with the first request. */
export function startTelemetry(env) {
  if (provider === undefined) {
    const exporter = new OTLPTraceExporter({ url: `${env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces` });
    provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': env.OTEL_SERVICE_NAME }),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    trace.setGlobalTracerProvider(provider);
  }
  return provider;
}
