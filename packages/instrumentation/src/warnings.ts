import { diag } from '@opentelemetry/api';

/** Codes of the process warnings of this package. */
export type WarningCode =
  | 'PG_OTEL_LOADED_LATE'
  | 'PG_OTEL_DOUBLED'
  | 'PG_OTEL_UNSUPPORTED_VERSION'
  | 'PG_OTEL_NOT_PATCHED'
  | 'PG_OTEL_IMPORTS_NOT_FOLLOWED'
  | 'PG_OTEL_OWN_LOADER'
  | 'PG_OTEL_POOL_NAME'
  | 'PG_OTEL_CONNECTION_STRING'
  | 'PG_OTEL_PRODUCER_TWICE'
  | 'PG_OTEL_REPLACED'
  | 'PG_OTEL_TWO_COPIES'
  | 'PG_OTEL_INVALID_OPTION';

const told = new Map<string, { readonly code: WarningCode; readonly message: string }>();

/**
 * Tells the person who runs the process, once per code and what it is about: `process.emitWarning`, because
 * `diag.warn` alone is seen by nobody who has not set a logger, and `diag.warn`, for those who have.
 */
export function warn(code: WarningCode, message: string, about = ''): void {
  const key = `${code} ${about}`;
  if (told.has(key)) return;
  told.set(key, { code, message });
  diag.warn(`[${code}] ${message}`);
  emitWarning(message, code);
}

/** Fetch-only runtimes have a console, and perhaps a process that has less than Node's. */
function emitWarning(message: string, code: WarningCode): void {
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(message, { type: 'PgOtelWarning', code });
  } else {
    console.warn(`[${code}] ${message}`);
  }
}

/** What was told so far, for `pg-otel doctor`. */
export function warnings(): readonly { code: WarningCode; message: string }[] {
  return [...told.values()];
}

let ownFailureTold = false;

/** The one place where a failure of our own ends: told once to the diagnostic log, and the driver's call goes on bare. */
export function ownFailure(where: string, error: unknown): void {
  if (ownFailureTold) return;
  ownFailureTold = true;
  try {
    const stack = error instanceof Error ? error.stack : String(error);
    diag.error(
      `pg-otel failed in ${where}; the driver is not affected, further failures are not told: ${stack}`,
    );
  } catch {
    // A diagnostic logger of the user's that throws must not reach the driver's call.
  }
}
