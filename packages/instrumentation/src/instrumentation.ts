import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import {
  InstrumentationBase,
  type InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { configure, type PostgresInstrumentationConfig } from './configuration';
import { answerCollections } from './node/collect';
import { followDriverImports } from './node/driver-imports';
import { offerBuiltinsToLaterInstrumentations } from './node/late-instrumentations';
import { followManagedPools } from './node/managed-pools';
import { adoptLoadedModules, moduleDefinitions } from './node/module-hooks';
import { HAS_OWN_LOADER, nodePlatform } from './node/platform';
import { warnOfTestRunner } from './node/test-runners';
import { followTracedCopies } from './node/traced-copies';
import { followUndici } from './node/undici';
import type { EventLogger } from './observers/events/event-log';
import { Histograms } from './observers/histograms/histograms';
import type { MetricProducer, TemporalitySelector } from './observers/histograms/metric-data';
import { Providers } from './observers/providers';
import { Reporter } from './observers/reporter';
import { SCOPE } from './scope';
import { setTelemetry, telemetry } from './telemetry';
import { warn } from './warnings';

/** A type of the logs API, which is in a different package in each major version of OpenTelemetry. */
type LoggerProvider = Parameters<InstrumentationBase['setLoggerProvider']>[0];

/**
 * Instruments `pg`, `pg-pool`, `@neondatabase/serverless`, `postgres` and PGlite for OpenTelemetry: a span and a duration
 * for each query, setup phases for each connection, metrics for each pool, and log events for failed and slow operations.
 * docs/reference/telemetry.md lists everything it emits.
 *
 * It is enabled when it is constructed, unless the option `enabled` is false. The driver stays patched: while no
 * instrumentation is enabled, the patches only pass calls on. If a process has several instrumentations, only the one
 * that was enabled last reports operations.
 *
 * @example
 * new NodeSDK({ instrumentations: [new PostgresInstrumentation()] }).start();
 * @throws TypeError for an option that does not exist or a value that is not accepted
 */
export class PostgresInstrumentation extends InstrumentationBase<PostgresInstrumentationConfig> {
  readonly #providers: Providers;
  readonly #histograms: Histograms;
  #reporter: Reporter | undefined;

  constructor(config: PostgresInstrumentationConfig = {}) {
    // The base class would call enable() before the fields above exist.
    super(SCOPE.name, SCOPE.version, { ...config, enabled: false });
    const { tracer, logger } = this;
    this.#providers = new Providers(SCOPE, { tracer, logger: logger as EventLogger });
    this.#histograms = new Histograms(SCOPE);
    offerBuiltinsToLaterInstrumentations(this);
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  /**
   * Replaces all options. Options that are missing get their defaults.
   *
   * @throws TypeError for an option that does not exist or a value that is not accepted; the previous options stay
   */
  override setConfig(config: PostgresInstrumentationConfig = {}): void {
    const configuration = configure(config, undefined, HAS_OWN_LOADER ? { diagnose: false } : {});
    super.setConfig(config);
    // The base class calls this in its constructor, when no reporter exists yet.
    if (!(#reporter in this)) return;
    const isCurrent = this.#reporter !== undefined && telemetry() === this.#reporter;
    this.#reporter = new Reporter(
      configuration,
      this.#providers,
      this.#histograms,
      nodePlatform,
      this.#reporter,
    );
    if (isCurrent) setTelemetry(this.#reporter);
  }

  /**
   * Creates a metric producer, which provides the histograms to one metric reader. The instrumentation then aggregates
   * the histograms itself, which costs much less per query than the SDK's instruments.
   *
   * After the first call, no histogram is recorded through the SDK's instruments, so call this method once for each
   * metric reader of the process. Do not call it if you need views or exponential histograms: they do not apply to a
   * metric producer. All other metrics go through the SDK unchanged.
   *
   * The unit of durations is seconds, the unit of returned rows is rows. Source: `MetricProducer` in the OpenTelemetry
   * specification (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricproducer).
   *
   * @param exporter the exporter of the reader. Its `selectAggregationTemporality` selects cumulative or delta
   *   temporality. Without it, the temporality is cumulative, which Prometheus needs
   * @returns a producer for the reader's option `metricProducers`; its `collect()` never rejects
   * @throws Error when the SDK's instruments have recorded values already: call it before the first query
   * @example
   * const instrumentation = new PostgresInstrumentation();
   * const exporter = new OTLPMetricExporter();
   * new NodeSDK({
   *   instrumentations: [instrumentation],
   *   metricReaders: [
   *     new PeriodicExportingMetricReader({
   *       exporter,
   *       metricProducers: [instrumentation.metricProducer(exporter)],
   *     }),
   *   ],
   * }).start();
   */
  metricProducer(exporter?: TemporalitySelector): MetricProducer {
    return this.#histograms.metricProducer(exporter);
  }

  /**
   * Records histograms through the SDK's instruments from now on, instead of metric producers. Readers still get the
   * values that their producers recorded before. Call this method when another SDK replaces the meter provider. The
   * distribution calls it when the application starts its own SDK.
   */
  endMetricProducers(): void {
    this.#histograms.endMetricProducers();
  }

  /**
   * Emits all log events that are still waiting. Above 20 events of one kind per second, the instrumentation counts
   * further events together and emits them later. Call this method before the logger provider is flushed at the end of
   * the process. The distribution does so.
   */
  forceFlush(): void {
    this.#reporter?.flush();
  }

  /** Sends spans to this provider instead of the global one. */
  override setTracerProvider(tracerProvider: TracerProvider): void {
    super.setTracerProvider(tracerProvider);
    this.#providers.useTracers(tracerProvider);
  }

  /** Sends metrics to this provider instead of the global one. */
  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#providers.useMeters(meterProvider);
  }

  /** Sends log events to this provider instead of the global one. */
  override setLoggerProvider(loggerProvider: LoggerProvider): void {
    super.setLoggerProvider(loggerProvider);
    this.#providers.useLoggers(loggerProvider as unknown as Parameters<Providers['useLoggers']>[0]);
  }

  /** Starts to report operations. Replaces any other instrumentation that is enabled in this process. */
  override enable(): void {
    super.enable();
    const reporter = this.#reporter;
    if (reporter === undefined) return;
    if (telemetry() !== undefined && telemetry() !== reporter) {
      warn(
        'PG_OTEL_REPLACED',
        'A second PostgresInstrumentation was enabled in this process. It replaces the first one, with its own options ' +
          'and providers. Register only one: pg-otel/register and @pg-otel/instrumentation/register each create one.',
      );
    }
    setTelemetry(reporter);
    this.#followDrivers();
  }

  /** Emits all waiting log events, and stops reporting. The driver then runs uninstrumented. */
  override disable(): void {
    super.disable();
    this.forceFlush();
    if (this.#reporter !== undefined && telemetry() === this.#reporter) setTelemetry(undefined);
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    return moduleDefinitions();
  }

  #followDrivers(): void {
    warnOfTestRunner();
    followDriverImports();
    followTracedCopies();
    followUndici();
    followManagedPools();
    answerCollections();
    const adopted = adoptLoadedModules();
    if (adopted.length === 0) return;
    warn(
      'PG_OTEL_LOADED_LATE',
      'The driver was loaded before pg-otel. It is instrumented from now on; earlier queries are not reported. ' +
        (adopted.includes('postgres') ? 'Connections and pools of postgres are not reported at all. ' : '') +
        'Load pg-otel first, for example with: node --import pg-otel/register app.js',
    );
  }
}
