import { TraceFlags } from '@opentelemetry/api';
import * as sdkNode from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { type ExporterName, exporterNames, zipkinEndpoint } from '../settings/settings';
import { BatchQueue, batchLimits, type Exporter, ONE_BY_ONE, type Recording } from './batch-queue';
import { createOtlpExporter } from './otlp-exporter';
import { watchExports } from './outages';
import { encodeByTemplates } from './span-bytes/span-serializer';

type SpanExporter = Exporter<sdkNode.tracing.ReadableSpan>;

const create: Record<ExporterName<'traces'>, () => SpanExporter> = {
  otlp: () => encodeByTemplates(createOtlpExporter('traces')),
  console: () => new (tracePackage().ConsoleSpanExporter)(),
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
export function createSpanProcessors(): (sdkNode.tracing.SpanProcessor & Recording)[] {
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

/** OpenTelemetry JS 2.x re-exports it, and its first versions have no `sdk-trace`; 3.x re-exports nothing. */
function tracePackage(): Pick<typeof sdkNode.tracing, 'ConsoleSpanExporter'> {
  const { tracing }: Partial<typeof sdkNode> = sdkNode;
  return tracing ?? requireSdk('@opentelemetry/sdk-trace');
}
