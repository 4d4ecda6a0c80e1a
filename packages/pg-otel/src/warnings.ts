import { diag } from '@opentelemetry/api';

/** Codes of the process warnings of this package. */
export type WarningCode =
  | 'PG_OTEL_CONFIG_FILE'
  | 'PG_OTEL_EXPORT_FAILED'
  | 'PG_OTEL_EXPORT_RECOVERED'
  | 'PG_OTEL_FOREIGN_PROVIDER'
  | 'PG_OTEL_INSTRUMENTATION'
  | 'PG_OTEL_PROMETHEUS_PORT'
  | 'PG_OTEL_SETTING'
  | 'PG_OTEL_STARTED_TWICE';

const told = new Set<string>();

/**
 * Tells the person who runs the process, each thing once; `diag.warn` alone is seen by nobody who has not set a
 * logger.
 */
export function warn(code: WarningCode, message: string): void {
  if (told.has(message)) return;
  told.add(message);
  announce(code, message);
}

/** As {@link warn}, of what may happen again. The caller bounds how often. */
export function announce(code: WarningCode, message: string): void {
  diag.warn(`[${code}] ${message}`);
  process.emitWarning(message, { type: 'PgOtelWarning', code });
}
