import type { logs } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { type ExporterName, exporterNames } from '../settings/settings';
import {
  type BatchLimits,
  BatchQueue,
  batchLimits,
  type Exporter,
  ONE_BY_ONE,
  type Recording,
} from './batch-queue';
import { createOtlpExporter } from './otlp-exporter';

type LogRecord = logs.ReadableLogRecord;
type LogProcessor = logs.LogRecordProcessor & Recording;

/** Instrumentation scope of the events of the Postgres instrumentation. */
const OUR_SCOPE = '@pg-otel/instrumentation';

/** Short, because alerts are derived from these events. */
const OUR_DELAY_MILLIS = 200;

const create: Record<ExporterName<'logs'>, () => LogProcessor> = {
  otlp: () => {
    const limits = batchLimits('BLRP');
    const others = queue(limits);
    const ours = queue({ ...limits, scheduledDelayMillis: OUR_DELAY_MILLIS });
    return processor([others, ours], ({ instrumentationScope: { name } }) =>
      name === OUR_SCOPE ? ours : others,
    );
  },
  console: () => {
    const { ConsoleLogRecordExporter } = requireSdk('@opentelemetry/sdk-logs');
    const all = new BatchQueue<LogRecord>(new ConsoleLogRecordExporter(), ONE_BY_ONE);
    return processor([all], () => all);
  },
};

/**
 * Creates a log record processor for each exporter in `OTEL_LOGS_EXPORTER`. The events of the instrumentation have a
 * separate queue and exporter, so no event is dropped when the application's log records fill their queue.
 */
export function createLogProcessors(): LogProcessor[] {
  return exporterNames('logs').map((name) => create[name]());
}

/** Each queue has a separate exporter: two queues with the same exporter would wait for each other's exports. */
function queue(limits: BatchLimits): BatchQueue<LogRecord> {
  return new BatchQueue(createOtlpExporter<Exporter<LogRecord>>('logs'), limits);
}

function processor(
  queues: readonly BatchQueue<LogRecord>[],
  queueOf: (record: LogRecord) => BatchQueue<LogRecord>,
): LogProcessor {
  return {
    recorded: () => queues.reduce((sum, { added }) => sum + added, 0),
    onEmit: (record) => queueOf(record).add(record),
    async forceFlush() {
      await Promise.all(queues.map((queue) => queue.forceFlush()));
    },
    async shutdown() {
      await Promise.all(queues.map((queue) => queue.shutdown()));
    },
  };
}
