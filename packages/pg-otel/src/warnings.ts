/** The codes of this package's process warnings. */
export type WarningCode =
  | 'PG_OTEL_CONFIG_FILE'
  | 'PG_OTEL_EXPORT_FAILED'
  | 'PG_OTEL_EXPORT_RECOVERED'
  | 'PG_OTEL_FOREIGN_PROVIDER'
  | 'PG_OTEL_INSIGHTS'
  | 'PG_OTEL_INSTRUMENTATION'
  | 'PG_OTEL_POOLS_NOT_MANAGED'
  | 'PG_OTEL_PROMETHEUS_PORT'
  | 'PG_OTEL_QUEUE_FULL'
  | 'PG_OTEL_SETTING'
  | 'PG_OTEL_STARTED_TWICE';

const emitted = new Set<string>();

/** Warns the person who runs the process, once for each message. */
export function warn(code: WarningCode, message: string): void {
  if (emitted.has(message)) return;
  emitted.add(message);
  warnAgain(code, message);
}

/**
 * Emits a warning that may be repeated; the caller limits how often. It is a process warning and not logged to `diag` as
 * well: `diag` is invisible without a logger, and with one, each warning would appear twice.
 */
export function warnAgain(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'PgOtelWarning', code });
}
