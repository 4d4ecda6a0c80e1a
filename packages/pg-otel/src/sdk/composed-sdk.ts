import { registerInstrumentations } from '@opentelemetry/instrumentation';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { isTrue, variable } from '../environment';
import { logRecordLimits, spanLimits } from '../settings/limits';
import { withLeanSpans } from '../tracing/with-lean-spans';
import { laterLoggerProvider } from './later-logger-provider';
import { createPropagator } from './propagator';
import { logsApi, requireSdk, tracePackage } from './require-sdk';
import { createSampler } from './sampler';

type Part =
  | 'resource'
  | 'resourceDetectors'
  | 'spanProcessors'
  | 'metricReaders'
  | 'logRecordProcessors'
  | 'instrumentations';

/** What pg-otel sets of the configuration of NodeSDK. */
export interface SdkConfiguration extends Required<Pick<NodeSDKConfiguration, Part>> {
  /** Whether the context manager and the propagator are those of this SDK. */
  readonly ownsContext: boolean;
  /** The name of the tracer whose spans are lean, if all span processors accept those. */
  readonly leanTracer?: string | undefined;
  /** Whether operations get trace ids even if no span is exported. */
  readonly needsTraceIds?: boolean;
}

/**
 * Starts the providers that NodeSDK starts for this configuration and environment, from the same packages.
 * `@opentelemetry/sdk-node` is not loaded: it loads all exporters and the parser of configuration files, most of its files.
 *
 * @returns shuts the providers down
 */
export function startComposedSdk(configuration: SdkConfiguration): () => Promise<void> {
  const { spanProcessors, metricReaders, logRecordProcessors } = configuration;
  const instrumentations = configuration.instrumentations.flat();
  setDiagLogger();
  registerInstrumentations({ instrumentations });
  if (configuration.ownsContext) setContext();

  const { detectResources } = requireSdk('@opentelemetry/resources');
  const detected = detectResources({ detectors: configuration.resourceDetectors });
  const resource = configuration.resource.merge(detected);
  const { trace, metrics } = requireSdk('@opentelemetry/api');
  const providers: { shutdown(): Promise<void> }[] = [];

  /** The metrics of the SDK itself, which are not stable yet. */
  const measuresItself = isTrue('OTEL_NODE_EXPERIMENTAL_SDK_METRICS');
  let ofItself = {};
  if (metricReaders.length > 0) {
    const { MeterProvider } = requireSdk('@opentelemetry/sdk-metrics');
    const provider = new MeterProvider({
      resource,
      readers: metricReaders,
      ...(measuresItself && { sdkMetricsEnabled: true }),
    });
    if (measuresItself) ofItself = { meterProvider: provider };
    metrics.setGlobalMeterProvider(provider);
    // The API has no proxy for meters: instruments that exist already record nothing.
    for (const instrumentation of instrumentations) instrumentation.setMeterProvider(provider);
    providers.push(provider);
  }
  if (spanProcessors.length > 0 || configuration.needsTraceIds) {
    const { TracerProvider, AlwaysOffSampler } = tracePackage();
    const isExported = spanProcessors.length > 0;
    const sampler = isExported ? createSampler() : new AlwaysOffSampler();
    const parts = { resource, sampler, spanLimits: spanLimits(), spanProcessors };
    const provider = new TracerProvider({ ...ofItself, ...parts });
    // The SDK counts its own spans only.
    const leanTracer = measuresItself || !isExported ? undefined : configuration.leanTracer;
    trace.setGlobalTracerProvider(
      leanTracer === undefined ? provider : withLeanSpans(provider, leanTracer, parts),
    );
    providers.push(provider);
  }
  if (logRecordProcessors.length > 0) {
    const parts = { ...ofItself, resource, logRecordLimits: logRecordLimits() };
    const create = () => {
      const { LoggerProvider } = requireSdk('@opentelemetry/sdk-logs');
      return new LoggerProvider({ ...parts, processors: logRecordProcessors });
    };
    // Its own metrics exist from the start.
    const provider = measuresItself ? create() : laterLoggerProvider(create, logRecordProcessors);
    logsApi().setGlobalLoggerProvider(provider);
    providers.push(provider);
  }
  return async () => {
    await Promise.all(providers.map((provider) => provider.shutdown()));
  };
}

function setDiagLogger(): void {
  const level = variable('OTEL_LOG_LEVEL');
  if (level === undefined) return;
  const { diag, DiagConsoleLogger } = requireSdk('@opentelemetry/api');
  const { diagLogLevelFromString } = requireSdk('@opentelemetry/core');
  const logLevel = diagLogLevelFromString(level);
  diag.setLogger(new DiagConsoleLogger(), logLevel === undefined ? {} : { logLevel });
}

function setContext(): void {
  const { context, propagation } = requireSdk('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = requireSdk('@opentelemetry/context-async-hooks');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagator = createPropagator();
  if (propagator !== undefined) propagation.setGlobalPropagator(propagator);
}
