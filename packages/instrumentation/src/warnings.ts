import { diag } from '@opentelemetry/api';
import { classNameOf } from './error-class';

/** The codes of this package's process warnings. docs/reference/warnings.md lists their causes. */
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
  | 'PG_OTEL_INVALID_OPTION'
  | 'PG_OTEL_NOT_DIAGNOSED';

/** Warnings emitted so far, by code and subject. */
const emitted = new Map<string, { readonly code: WarningCode; readonly message: string }>();

/**
 * Emits a process warning (`process.emitWarning`), once per code and subject. The warning is not logged to `diag` as
 * well: with a diagnostic logger it would appear twice, and without one `diag` does not show it.
 *
 * @param subject distinguishes warnings with the same code, such as the name of a setting
 */
export function warn(code: WarningCode, message: string, subject = ''): void {
  const key = `${code} ${subject}`;
  if (emitted.has(key)) return;
  emitted.set(key, { code, message });
  emitWarning(message, code);
}

/** Uses the console in fetch-only runtimes, which may have a `process` with only a part of Node's. */
function emitWarning(message: string, code: WarningCode): void {
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(message, { type: 'PgOtelWarning', code });
  } else {
    console.warn(`[${code}] ${message}`);
  }
}

/** The warnings of this process so far, for `pg-otel doctor`. */
export function warnings(): readonly { code: WarningCode; message: string }[] {
  return [...emitted.values()];
}

/** The maximum number of internal errors that are logged. More of them usually have the same cause. */
const MAX_INTERNAL_ERRORS = 20;
const loggedErrors = new Set<string>();

/**
 * Logs an error inside pg-otel, or in a function that the application gave to it, to the diagnostic log. Each class of
 * error is logged once per place, and at most 20 errors per process. Never throws.
 *
 * @param place the part that failed, as it appears after "pg-otel failed in"
 */
export function logInternalError(place: string, error: unknown): void {
  const kind = `${place}: ${classNameOf(error)}`;
  if (loggedErrors.has(kind) || loggedErrors.size >= MAX_INTERNAL_ERRORS) return;
  loggedErrors.add(kind);
  const isLast = loggedErrors.size === MAX_INTERNAL_ERRORS;
  try {
    const stack = error instanceof Error ? error.stack : String(error);
    diag.error(
      `pg-otel failed in ${place}; the driver is not affected. ` +
        `${isLast ? 'No further internal errors are logged' : 'Further errors of this kind are not logged'}: ${stack}`,
    );
  } catch {
    // A diagnostic logger that throws must not affect the driver's call.
  }
}
