import { globalApiVersion, globalProviders, type SignalName } from '../api-registry';
import { warn } from '../warnings';

let isWarnedOf = false;

/**
 * Warns once that the process has two SDKs, regardless of which started first.
 * @param signals the signals that the application's SDK receives
 * @param kept the signals that pg-otel still exports
 */
export function warnOfOtherSdk(signals: readonly SignalName[], kept: readonly SignalName[]): void {
  if (isWarnedOf) return;
  isWarnedOf = true;
  const variables = kept.map((signal) => `OTEL_${signal.toUpperCase()}_EXPORTER=none`).join(' ');
  const rest =
    kept.length === 0
      ? ''
      : ` The application's SDK has no ${kept.join(' and no ')}, so pg-otel exports these unless you set ${variables}.`;
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    `The application starts its own OpenTelemetry SDK (${signals.join(', ')}). That SDK receives the telemetry of ` +
      `Postgres, and the SDK of pg-otel has stopped.${rest} Load @pg-otel/instrumentation/register instead of ` +
      'pg-otel/register, or add new PostgresInstrumentation() to the instrumentations of your SDK.',
  );
}

/** The API refuses providers of another version of the API, and reports that to `diag` only. */
export function warnOfMissingProviders(signals: readonly SignalName[]): void {
  const present = globalProviders();
  const missing = signals.filter((signal) => !present.has(signal));
  if (missing.length === 0) return;
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    `Nothing will be exported for ${missing.join(', ')}: @opentelemetry/api ${globalApiVersion()} was registered first and ` +
      'refuses the providers of the version pg-otel uses. Install one version of @opentelemetry/api (npm ls @opentelemetry/api).',
  );
}

/** Used when the application's copy of the API is inside a bundle, where its version cannot be read. */
export function warnOfRefusedSdk(): void {
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    'The application starts its own OpenTelemetry SDK. Its copy of @opentelemetry/api refuses that SDK, because ' +
      `pg-otel has registered version ${globalApiVersion()} before, so that SDK receives nothing. Load ` +
      '@pg-otel/instrumentation/register instead of pg-otel/register.',
  );
}
