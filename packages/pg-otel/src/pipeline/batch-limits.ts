import { numberOf } from '../settings/settings';
import type { BatchLimits } from './batch-queue';

/** For exporters that write at once, to the console. */
export const ONE_BY_ONE: BatchLimits = {
  maxQueueSize: 2_048,
  maxExportBatchSize: 1,
  scheduledDelayMillis: 1,
  exportTimeoutMillis: 30_000,
};

/** The limits of `OTEL_BSP_*` (spans) or `OTEL_BLRP_*` (log records). */
export function batchLimits(prefix: 'BSP' | 'BLRP'): BatchLimits {
  return {
    maxQueueSize: numberOf(`OTEL_${prefix}_MAX_QUEUE_SIZE`),
    maxExportBatchSize: numberOf(`OTEL_${prefix}_MAX_EXPORT_BATCH_SIZE`),
    scheduledDelayMillis: numberOf(`OTEL_${prefix}_SCHEDULE_DELAY`),
    exportTimeoutMillis: numberOf(`OTEL_${prefix}_EXPORT_TIMEOUT`),
  };
}
