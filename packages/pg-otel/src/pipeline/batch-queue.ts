import { AsyncResource } from 'node:async_hooks';
import type { core } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { numberOf } from '../settings/settings';
import { exportFailed, exportSucceeded, isFailing, queueWasFull } from './outages';

// Loaded with the module, so that a missing package fails when the SDK starts and not in an export.
const { ExportResultCode, globalErrorHandler, internal } = requireSdk('@opentelemetry/core');

export interface Exporter<Item> {
  export(items: Item[], done: (result: core.ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface BatchLimits {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}

/** An OTLP exporter refuses further exports while 30 are running. */
const CONCURRENT_EXPORTS = 16;

/** For exporters that write at once, to the console: the queue is empty in the next turn. */
export const ONE_BY_ONE: BatchLimits = {
  maxQueueSize: Number.POSITIVE_INFINITY,
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

export interface Recording {
  /** The number of spans or log records so far; it has changed when there is something new to flush. */
  recorded(): number;
}

interface HasResource {
  readonly resource: {
    readonly asyncAttributesPending?: boolean;
    waitForAsyncAttributes?(): Promise<void>;
  };
}

/**
 * Collects finished spans or log records and exports them in batches, with the limits of the specification's batch
 * processors. Unlike the SDK's processors, whose timer of 30 s is not unref'd, it does not keep the process alive while
 * an export runs.
 */
export class BatchQueue<Item extends HasResource> {
  readonly #exporter: Exporter<Item>;
  readonly #limits: BatchLimits;
  readonly #exporting = new Set<Promise<void>>();
  // Timers and exports start in this scope. Started where a span ends, they would keep that request's async stores alive.
  readonly #scope = new AsyncResource('PgOtelBatchQueue', { requireManualDestroy: true });
  #waiting: Item[] = [];
  #dropped = 0;
  /** Whether items were dropped although the receiver takes them. */
  #isOverloaded = false;
  #added = 0;
  #timer: NodeJS.Timeout | undefined;
  #isShutDown = false;

  constructor(exporter: Exporter<Item>, limits: BatchLimits) {
    this.#exporter = exporter;
    this.#limits = {
      ...limits,
      maxExportBatchSize: Math.min(limits.maxExportBatchSize, limits.maxQueueSize),
    };
  }

  add(item: Item): void {
    if (this.#isShutDown) return;
    this.#added += 1;
    if (this.#waiting.length >= this.#limits.maxQueueSize) {
      this.#dropped += 1;
      this.#isOverloaded ||= !isFailing(this.#exporter);
      return;
    }
    this.#waiting.push(item);
    this.#schedule();
  }

  /** How many items were added so far, dropped ones included. */
  get added(): number {
    return this.#added;
  }

  /** Resolves when everything added so far was exported or given up. */
  async forceFlush(): Promise<void> {
    for (let left = this.#waiting.length; left > 0 && this.#waiting.length > 0; ) {
      if (this.#exporting.size < CONCURRENT_EXPORTS) left -= this.#exportNext();
      else await Promise.race(this.#exporting);
    }
    await Promise.all(this.#exporting);
  }

  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    await this.forceFlush();
    await this.#exporter.shutdown();
  }

  #schedule(): void {
    // One export at a time: with a slow receiver, the queue fills up and drops items instead of using more memory.
    if (this.#exporting.size > 0) return;
    if (this.#waiting.length >= this.#limits.maxExportBatchSize) {
      this.#exportNext();
      return;
    }
    this.#timer ??= this.#scope.runInAsyncScope(() =>
      setTimeout(() => this.#exportNext(), this.#limits.scheduledDelayMillis).unref(),
    );
  }

  /** Returns how many items are exported. */
  #exportNext(): number {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, this.#limits.maxExportBatchSize);
    if (batch.length === 0) return 0;
    if (this.#dropped > 0) {
      reportExportFailure(
        new Error(`${this.#dropped} dropped: the queue of ${this.#limits.maxQueueSize} was full`),
      );
      if (this.#isOverloaded) queueWasFull(this.#exporter, this.#limits.maxQueueSize);
      this.#dropped = 0;
      this.#isOverloaded = false;
    }
    const exporting = this.#scope
      .runInAsyncScope(() => this.#export(batch))
      .catch(reportExportFailure)
      .then(() => {
        this.#exporting.delete(exporting);
        if (this.#waiting.length > 0) this.#schedule();
      });
    this.#exporting.add(exporting);
    return batch.length;
  }

  async #export(batch: Item[]): Promise<void> {
    const resource = batch[0]?.resource;
    if (resource?.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
    await exportWithin(this.#exporter, batch, this.#limits.exportTimeoutMillis);
  }
}

/**
 * Runs one export without tracing it, with a timeout that does not keep the process alive.
 * @throws when the export fails or takes longer than the timeout
 */
export async function exportWithin<Batch>(
  exporter: { export(batch: Batch, done: (result: core.ExportResult) => void): void },
  batch: Batch,
  timeoutMillis: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`export timed out after ${timeoutMillis} ms`));
    timer = setTimeout(giveUp, timeoutMillis).unref();
  });
  try {
    const result = await Promise.race([internal._export(exporter, batch), timedOut]);
    if (result.code !== ExportResultCode.SUCCESS) throw result.error ?? new Error('export failed');
    exportSucceeded(exporter);
  } catch (error) {
    exportFailed(exporter, error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Passes an error to the SDK's error handler: `diag`, or the handler that the application has set by `setGlobalErrorHandler`. */
export function reportExportFailure(error: unknown): void {
  globalErrorHandler(error instanceof Error ? error : new Error(String(error)));
}
