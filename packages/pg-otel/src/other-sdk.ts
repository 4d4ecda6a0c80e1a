import { globalApiVersion, globalProviders, type SignalName } from './providers';
import { warn } from './warnings';

let isWarnedOf = false;

/**
 * Warns once that the process has two SDKs, whichever came first.
 * @param signals those of the application's
 * @param kept those that we still export
 */
export function warnOfOtherSdk(signals: readonly SignalName[], kept: readonly SignalName[]): void {
  if (isWarnedOf) return;
  isWarnedOf = true;
  const variables = kept.map((signal) => `OTEL_${signal.toUpperCase()}_EXPORTER=none`).join(' ');
  const rest =
    kept.length === 0
      ? ''
      : ` It has no ${kept.join(' and no ')}: pg-otel exports these itself, unless you set ${variables}.`;
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    `The application starts an OpenTelemetry SDK of its own (${signals.join(', ')}). That SDK receives the telemetry of ` +
      `Postgres, and the one of pg-otel has stopped.${rest} Load @pg-otel/instrumentation/register instead of ` +
      'pg-otel/register, or add new PostgresInstrumentation() to the instrumentations of your SDK.',
  );
}

/** The API refuses providers of another version of itself, and says so only to `diag`. */
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

/** The application's copy of the API is inside a bundle, where its version cannot be seen. */
export function warnOfRefusedSdk(): void {
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    'The application starts an OpenTelemetry SDK of its own, and its copy of @opentelemetry/api refuses it because ' +
      `pg-otel has registered version ${globalApiVersion()} before. That SDK receives nothing. Load ` +
      '@pg-otel/instrumentation/register instead of pg-otel/register.',
  );
}
