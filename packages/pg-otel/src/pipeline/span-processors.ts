import { TraceFlags } from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import { isBundled, requireSdk, tracePackage } from '../sdk/require-sdk';
import { type ExporterName, exporterNames, zipkinEndpoint } from '../settings/settings';
import { BatchQueue, batchLimits, type Exporter, ONE_BY_ONE, type Recording } from './batch-queue';
import { createOtlpExporter } from './otlp-exporter';
import { watchExports } from './outages';
import { encodeByTemplates } from './span-bytes/span-serializer';

type SpanExporter = Exporter<tracing.ReadableSpan>;

const create: Record<ExporterName<'traces'>, () => SpanExporter> = {
  otlp: () => createOtlpExporter('traces', { prepare: encodeByTemplates }),
  console: () => createConsoleExporter(),
  zipkin: () => {
    const { ZipkinExporter } = requireSdk('@opentelemetry/exporter-zipkin') as {
      ZipkinExporter: new (options: { url: string }) => SpanExporter;
    };
    const url = zipkinEndpoint();
    return watchExports(new ZipkinExporter({ url }), {
      signal: 'traces',
      url: new URL(url),
      endpointSetting: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
    });
  },
};

/** Creates a span processor for each exporter in `OTEL_TRACES_EXPORTER`. */
export function createSpanProcessors(): (tracing.SpanProcessor & Recording)[] {
  return exporterNames('traces').map((name) => {
    const queue = new BatchQueue(create[name](), name === 'console' ? ONE_BY_ONE : batchLimits('BSP'));
    return {
      recorded: () => queue.added,
      onStart() {},
      onEnd(span) {
        if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) queue.add(span);
      },
      forceFlush: () => queue.forceFlush(),
      shutdown: () => queue.shutdown(),
    };
  });
}

function createConsoleExporter(): SpanExporter {
  // NodeSDK of 2.x re-exports it, and its first versions have no `sdk-trace`; that of 3.x re-exports nothing.
  const { tracing }: Partial<typeof import('@opentelemetry/sdk-node')> = isBundled
    ? require('@opentelemetry/sdk-node')
    : {};
  const { ConsoleSpanExporter } = tracing ?? tracePackage();
  return new ConsoleSpanExporter();
}
