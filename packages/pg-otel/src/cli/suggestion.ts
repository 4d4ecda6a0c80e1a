/**
 * The known name that was probably meant. The instrumentation is loaded only here: without its peers it cannot be, and
 * `pg-otel doctor` has to say so.
 */
export function suggestion(written: string, known: readonly string[]): string | undefined {
  try {
    const { nearest }: typeof import('@pg-otel/instrumentation') = require('@pg-otel/instrumentation');
    return nearest(written, known);
  } catch {
    return undefined;
  }
}
