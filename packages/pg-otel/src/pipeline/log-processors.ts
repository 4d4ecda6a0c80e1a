import type { logs } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk';
import { batchLimits, ONE_BY_ONE } from './batch-limits';
import { BatchQueue, type Exporter, type Recording } from './batch-queue';
import { type ExporterName, exporterNames } from './exporters';
import { createOtlpExporter } from './otlp';

type LogExporter = Exporter<logs.ReadableLogRecord>;

const create: Record<ExporterName<'logs'>, () => LogExporter> = {
  otlp: () => createOtlpExporter('logs'),
  console: () => new (requireSdk('@opentelemetry/sdk-logs').ConsoleLogRecordExporter)(),
};

/** A log record processor for each exporter of `OTEL_LOGS_EXPORTER`. */
export function createLogProcessors(): (logs.LogRecordProcessor & Recording)[] {
  return exporterNames('logs').map((name) => {
    const queue = new BatchQueue(
      create[name](),
      name === 'console' ? ONE_BY_ONE : batchLimits('BLRP', 1_000),
    );
    return {
      recorded: () => queue.added,
      onEmit: (record) => queue.add(record),
      forceFlush: () => queue.forceFlush(),
      shutdown: () => queue.shutdown(),
    };
  });
}
