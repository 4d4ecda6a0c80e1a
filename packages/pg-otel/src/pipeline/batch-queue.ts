import { AsyncResource } from 'node:async_hooks';
import type { core } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk';
import { exportFailed, exportSucceeded } from './receiver';

// With the module: what is missing has to fail when the SDK starts, not in an export.
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

/** Tells whether there is news: how many spans or log records came by so far. */
export interface Recording {
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
 * processors. The SDK's own keep the process alive while an export runs (a timer of 30 s that is not unref'd);
 * nothing here does.
 */
export class BatchQueue<Item extends HasResource> {
  readonly #exporter: Exporter<Item>;
  readonly #limits: BatchLimits;
  readonly #exporting = new Set<Promise<void>>();
  // Timers and exports start in this scope: armed where a span ends, they would keep that request's stores alive.
  readonly #scope = new AsyncResource('PgOtelBatchQueue', { requireManualDestroy: true });
  #waiting: Item[] = [];
  #dropped = 0;
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
    while (this.#waiting.length > 0) this.#exportNext();
    await Promise.all(this.#exporting);
  }

  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    await this.forceFlush();
    await this.#exporter.shutdown();
  }

  #schedule(): void {
    // One export at a time: while the receiver is slow, the queue fills and its limit drops, not the process's memory.
    if (this.#exporting.size > 0) return;
    if (this.#waiting.length >= this.#limits.maxExportBatchSize) {
      this.#exportNext();
      return;
    }
    this.#timer ??= this.#scope.runInAsyncScope(() =>
      setTimeout(() => this.#exportNext(), this.#limits.scheduledDelayMillis).unref(),
    );
  }

  #exportNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, this.#limits.maxExportBatchSize);
    if (batch.length === 0) return;
    if (this.#dropped > 0) {
      reportExportFailure(
        new Error(`${this.#dropped} dropped: the queue of ${this.#limits.maxQueueSize} was full`),
      );
      this.#dropped = 0;
    }
    const exporting = this.#scope
      .runInAsyncScope(() => this.#export(batch))
      .catch(reportExportFailure)
      .then(() => {
        this.#exporting.delete(exporting);
        if (this.#waiting.length > 0) this.#schedule();
      });
    this.#exporting.add(exporting);
  }

  async #export(batch: Item[]): Promise<void> {
    const resource = batch[0]?.resource;
    if (resource?.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
    await exportWithin(this.#exporter, batch, this.#limits.exportTimeoutMillis);
  }
}

/**
 * One export, untraced, given up after a time by a timer that does not hold the process.
 * @throws when the exporter says that it failed, or says nothing for that long
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

/** The SDK's one place for errors of exports: `diag`, or what the application has set by `setGlobalErrorHandler`. */
export function reportExportFailure(error: unknown): void {
  globalErrorHandler(error instanceof Error ? error : new Error(String(error)));
}
