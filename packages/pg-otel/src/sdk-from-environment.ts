import type { Instrumentation } from '@opentelemetry/instrumentation';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { PostgresInstrumentation } from '@pg-otel/instrumentation';
import type { StartOptions } from './options';
import type { Recording } from './pipeline/batch-queue';
import { createLogProcessors } from './pipeline/log-processors';
import { createMetricReaders } from './pipeline/metric-readers';
import { createSpanProcessors } from './pipeline/span-processors';
import type { SignalName } from './providers';
import { baseResource, resourceDetectors } from './resource';
import { checkPropagators, checkSettings } from './settings/check';
import { correctedSpanLimits } from './settings/span-limits';

/** A started SDK, and which providers it has to give. */
export interface RunningSdk extends Recording {
  readonly signals: readonly SignalName[];
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * The SDK the `OTEL_*` variables describe; sampler, span limits and propagators are NodeSDK's own reading of them.
 * @param foreign signals of another SDK, left out
 */
export function startFromEnvironment(
  options: StartOptions,
  postgres: PostgresInstrumentation,
  others: readonly Instrumentation[],
  foreign: ReadonlySet<SignalName>,
): RunningSdk {
  checkSettings();
  const spanProcessors = foreign.has('traces') ? [] : createSpanProcessors();
  const metricReaders = foreign.has('metrics')
    ? []
    : createMetricReaders(options.metricExportIntervalMillis, (exporter) =>
        postgres.metricProducer(exporter),
      );
  const logRecordProcessors = foreign.has('logs') ? [] : createLogProcessors();
  const sdk = new NodeSDK({
    resource: baseResource(),
    resourceDetectors: resourceDetectors(options.resourceAttributes ?? {}),
    spanProcessors,
    spanLimits: correctedSpanLimits(),
    metricReaders,
    logRecordProcessors,
    instrumentations: [postgres, ...others],
    // They belong to traces.
    ...(foreign.has('traces') && { contextManager: null as never, textMapPropagator: null }),
  });
  sdk.start();
  if (!foreign.has('traces')) checkPropagators();
  const pipelines = { traces: spanProcessors, metrics: metricReaders, logs: logRecordProcessors };
  const names = Object.keys(pipelines) as SignalName[];
  return {
    signals: names.filter((name) => pipelines[name].length > 0),
    recorded: () =>
      [...spanProcessors, ...logRecordProcessors].reduce((sum, part) => sum + part.recorded(), 0),
    forceFlush: () =>
      allOf(
        Object.values(pipelines)
          .flat()
          .map((part) => part.forceFlush()),
      ),
    shutdown: () => sdk.shutdown(),
  };
}

/** Waits for all, also when one fails: a refused metric export must not cut the spans' short. */
async function allOf(flushes: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(flushes);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
