import type { logs } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk';
import { batchLimits, ONE_BY_ONE } from './batch-limits';
import { type BatchLimits, BatchQueue, type Exporter, type Recording } from './batch-queue';
import { type ExporterName, exporterNames } from './exporters';
import { createOtlpExporter } from './otlp';

type LogRecord = logs.ReadableLogRecord;
type LogProcessor = logs.LogRecordProcessor & Recording;

/** Scope of the events of the Postgres instrumentation. */
const OUR_SCOPE = '@pg-otel/instrumentation';

/** Whoever is alerted by an event waits for this. */
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
 * A log record processor for each exporter of `OTEL_LOGS_EXPORTER`. The instrumentation's events have a queue and an
 * exporter of their own: a flood of the application's own log records, which fills theirs, does not take an event away.
 */
export function createLogProcessors(): LogProcessor[] {
  return exporterNames('logs').map((name) => create[name]());
}

/** With an exporter of its own: two queues on one would wait for each other's export. */
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
