import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { PostgresInstrumentation } from '@pg-otel/instrumentation';
import type { SignalName } from '../api-registry';
import type { StartOptions } from '../options';
import type { Recording } from '../pipeline/batch-queue';
import { createLogProcessors } from '../pipeline/log-processors';
import { createMetricReaders } from '../pipeline/metric-readers';
import { createSpanProcessors } from '../pipeline/span-processors';
import { checkPropagators, checkSettings } from '../settings/check';
import { spanLimits } from '../settings/limits';
import { exporterNames, insightsPort } from '../settings/settings';
import { type SdkConfiguration, startComposedSdk } from './composed-sdk';
import { isBundled } from './require-sdk';
import { baseResource, resourceDetectors } from './resource';

/** A started SDK. */
export interface RunningSdk extends Recording {
  /** The signals that it exports. */
  readonly signals: readonly SignalName[];
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Starts the SDK that the `OTEL_*` variables describe.
 * @param foreign signals that another SDK receives already; they are left out
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
  const shutdown = (isBundled ? startNodeSdk : startComposedSdk)({
    resource: baseResource(),
    resourceDetectors: resourceDetectors(options.resourceAttributes ?? {}),
    spanProcessors,
    metricReaders,
    logRecordProcessors,
    instrumentations: [postgres, ...others],
    // Context and propagation belong to traces.
    ownsContext: !foreign.has('traces'),
    leanTracer: exporterNames('traces').every((name) => name === 'otlp')
      ? postgres.instrumentationName
      : undefined,
    // Insights show which operations belong to one request.
    needsTraceIds: !foreign.has('traces') && insightsPort() !== undefined,
  });
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
    shutdown,
  };
}

/** For bundles: they contain all of NodeSDK in one file, and not all of its parts can be named for both major versions. */
function startNodeSdk({
  ownsContext,
  leanTracer: _lean,
  needsTraceIds: _ids,
  ...configuration
}: SdkConfiguration): () => Promise<void> {
  const { NodeSDK }: typeof import('@opentelemetry/sdk-node') = require('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    ...configuration,
    spanLimits: spanLimits(),
    ...(!ownsContext && { contextManager: null as never, textMapPropagator: null }),
  });
  sdk.start();
  return () => sdk.shutdown();
}

/** Waits for all of them even when one fails: a refused metric export must not end the export of spans early. */
async function allOf(flushes: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(flushes);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
