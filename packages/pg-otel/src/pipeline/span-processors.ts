import { TraceFlags } from '@opentelemetry/api';
import * as sdkNode from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk';
import { zipkinEndpoint } from '../settings/settings';
import { batchLimits, ONE_BY_ONE } from './batch-limits';
import { BatchQueue, type Exporter, type Recording } from './batch-queue';
import { type ExporterName, exporterNames } from './exporters';
import { createOtlpExporter } from './otlp';
import { follow } from './receiver';

type SpanExporter = Exporter<sdkNode.tracing.ReadableSpan>;

const create: Record<ExporterName<'traces'>, () => SpanExporter> = {
  otlp: () => createOtlpExporter('traces'),
  console: () => new (tracePackage().ConsoleSpanExporter)(),
  zipkin: () => {
    const { ZipkinExporter } = requireSdk('@opentelemetry/exporter-zipkin') as {
      ZipkinExporter: new (options: { url: string }) => SpanExporter;
    };
    const url = zipkinEndpoint();
    return follow(new ZipkinExporter({ url }), {
      signal: 'traces',
      url: new URL(url),
      endpointSetting: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
    });
  },
};

/** A span processor for each exporter of `OTEL_TRACES_EXPORTER`. */
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

/** 2.x re-exports it, and has no `sdk-trace` in its first versions; 3.x has, and re-exports nothing. */
function tracePackage(): Pick<typeof sdkNode.tracing, 'ConsoleSpanExporter'> {
  const { tracing }: Partial<typeof sdkNode> = sdkNode;
  return tracing ?? requireSdk('@opentelemetry/sdk-trace');
}
