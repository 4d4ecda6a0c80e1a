import type { metrics } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { exportWithin, reportExportFailure } from './batch-queue';

export interface ExportTimes {
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/**
 * Creates a metric reader that exports at an interval. It behaves as the SDK's `PeriodicExportingMetricReader`, except
 * that the timeout of an export does not keep the process alive (the SDK's timer is not unref'd).
 */
export function createPeriodicReader(
  exporter: metrics.PushMetricExporter,
  times: ExportTimes,
  metricProducers: metrics.MetricProducer[],
): metrics.IMetricReader {
  const { MetricReader } = requireSdk('@opentelemetry/sdk-metrics');

  class PeriodicReader extends MetricReader {
    #interval: NodeJS.Timeout | undefined;
    #running: Promise<void> | undefined;

    constructor() {
      super({
        aggregationSelector: exporter.selectAggregation?.bind(exporter),
        aggregationTemporalitySelector: exporter.selectAggregationTemporality?.bind(exporter),
        metricProducers,
      });
    }

    protected override onInitialized(): void {
      this.#interval = setInterval(
        () => this.#run().catch(reportExportFailure),
        times.intervalMillis,
      ).unref();
    }

    protected override async onForceFlush(): Promise<void> {
      // A running export may have collected before the latest measurement.
      await this.#running?.catch(() => {});
      await this.#run();
    }

    protected override async onShutdown(): Promise<void> {
      clearInterval(this.#interval);
      await this.onForceFlush().catch(reportExportFailure);
      await exporter.shutdown();
    }

    #run(): Promise<void> {
      this.#running ??= this.#collectAndExport().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }

    async #collectAndExport(): Promise<void> {
      const { resourceMetrics, errors } = await this.collect();
      errors.forEach(reportExportFailure);
      const { resource } = resourceMetrics;
      if (resource.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
      if (resourceMetrics.scopeMetrics.length > 0)
        await exportWithin(exporter, resourceMetrics, times.timeoutMillis);
    }
  }
  return new PeriodicReader();
}
