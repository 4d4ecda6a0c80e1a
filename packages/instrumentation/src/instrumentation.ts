import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import {
  InstrumentationBase,
  type InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { configure, type PostgresInstrumentationConfig } from './configuration';
import { offerBuiltinsToLaterInstrumentations } from './node/late-instrumentations';
import { adoptLoadedModules, moduleDefinitions } from './node/module-hooks';
import { followNeonImports } from './node/neon-imports';
import { nodePlatform } from './node/platform';
import { warnOfTestRunner } from './node/test-runners';
import { followUndici } from './node/undici';
import type { EventLogger } from './observers/events/event-log';
import { Histograms } from './observers/histograms/histograms';
import type { MetricProducer, TemporalitySelector } from './observers/histograms/metric-data';
import { Providers } from './observers/providers';
import { Reporter } from './observers/reporter';
import { setTelemetry, telemetry } from './telemetry';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';
import { warn } from './warnings';

/** Of the logs API, which lives in another package on each OpenTelemetry line. */
type LoggerProvider = Parameters<InstrumentationBase['setLoggerProvider']>[0];

/**
 * OpenTelemetry instrumentation of `pg`, `pg-pool` and `@neondatabase/serverless`: a span and a duration for each query, setup phases for each
 * connection, true numbers for each pool. What it emits is listed in docs/reference/telemetry.md.
 *
 * It is enabled when it is constructed. Patches stay for good and look at run time whether one is enabled; of
 * several in a process the one that was enabled last is told.
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
    super(PACKAGE_NAME, PACKAGE_VERSION, { ...config, enabled: false });
    const { tracer, logger } = this;
    const scope = { name: PACKAGE_NAME, version: PACKAGE_VERSION };
    this.#providers = new Providers(scope, { tracer, logger: logger as EventLogger });
    this.#histograms = new Histograms(scope);
    offerBuiltinsToLaterInstrumentations(this);
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  /** @throws TypeError as the constructor does */
  override setConfig(config: PostgresInstrumentationConfig = {}): void {
    const configuration = configure(config);
    super.setConfig(config);
    // Within the base class's constructor there is nothing to replace yet.
    if (!(#reporter in this)) return;
    const wasTold = this.#reporter !== undefined && telemetry() === this.#reporter;
    this.#reporter = new Reporter(
      configuration,
      this.#providers,
      this.#histograms,
      nodePlatform,
      this.#reporter,
    );
    if (wasTold) setTelemetry(this.#reporter);
  }

  /**
   * A metric producer for one metric reader: it hands over the histograms, from buckets of our own that cost a
   * fraction of the SDK's instruments per query. Once one is there, no histogram goes to the SDK's instruments: each
   * reader of the process needs one, and one of its own. Views and exponential histograms do not reach them; for
   * those, do not call this. All other metrics are the SDK's as ever.
   *
   * Durations are in seconds, rows are counted. Source: the OpenTelemetry specification's `MetricProducer`
   * (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricproducer).
   *
   * @param exporter the exporter of that reader, asked by `selectAggregationTemporality` whether it wants totals or
   *   differences. Default: totals (cumulative), as Prometheus wants them
   * @returns what the reader takes as one of its `metricProducers`; its `collect()` never rejects
   * @throws Error when histograms were recorded with the SDK's instruments before: call it before the first query
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
   * Ends all metric producers: histograms go to the SDK's instruments from now on, and to no reader by a producer. A
   * reader that has one still gets what was recorded before. For a program whose meter provider is replaced by that of
   * another SDK; the distribution does so when the application starts its own.
   */
  endMetricProducers(): void {
    this.#histograms.endMetricProducers();
  }

  /**
   * Hands over to the logger what waits: events beyond 20 a second are counted together and told a little later. For
   * the end of a process, before the logger provider is flushed; the front door does so.
   */
  forceFlush(): void {
    this.#reporter?.flush();
  }

  override setTracerProvider(tracerProvider: TracerProvider): void {
    super.setTracerProvider(tracerProvider);
    this.#providers.useTracers(tracerProvider);
  }

  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#providers.useMeters(meterProvider);
  }

  override setLoggerProvider(loggerProvider: LoggerProvider): void {
    super.setLoggerProvider(loggerProvider);
    this.#providers.useLoggers(loggerProvider as unknown as Parameters<Providers['useLoggers']>[0]);
  }

  override enable(): void {
    super.enable();
    const reporter = this.#reporter;
    if (reporter === undefined) return;
    if (telemetry() !== undefined && telemetry() !== reporter) {
      warn(
        'PG_OTEL_REPLACED',
        'A second PostgresInstrumentation was enabled in this process; it takes over with its options and providers. ' +
          'Register one: the front door (pg-otel/register) and @pg-otel/instrumentation/register each bring their own.',
      );
    }
    setTelemetry(reporter);
    this.#followDrivers();
  }

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
    followNeonImports();
    followUndici();
    if (adoptLoadedModules() === 0) return;
    warn(
      'PG_OTEL_LOADED_LATE',
      'The driver was loaded before pg-otel. It is instrumented from here on; what it did before is not seen. ' +
        'Load pg-otel first, best by: node --import pg-otel/register app.js',
    );
  }
}
