/** The codes of this package's process warnings. docs/reference/warnings.md lists their causes. */
type WarningCode =
  | 'PG_OTEL_POOL_FAILED'
  | 'PG_OTEL_POOL_FLEET_UNSEEN'
  | 'PG_OTEL_POOL_MANAGED_TWICE'
  | 'PG_OTEL_POOL_MAX'
  | 'PG_OTEL_POOL_PLAN';

const emitted = new Set<WarningCode>();

/** Emits a process warning, once per code. */
export function warn(code: WarningCode, message: string): void {
  if (emitted.has(code)) return;
  emitted.add(code);
  process.emitWarning(message, { type: 'PgOtelWarning', code });
}
