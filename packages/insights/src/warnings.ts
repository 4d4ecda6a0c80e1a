const MAX_WARNINGS = 100;
const warned = new Set<string>();

/** Emits a process warning, at most once for each text. Texts contain names of errors, which a request may have made. */
export function warnOnce(code: string, text: string): void {
  if (warned.has(text) || warned.size >= MAX_WARNINGS) return;
  warned.add(text);
  process.emitWarning(text, { type: 'PgOtelWarning', code });
}

/** An error in the collection must not reach the application. */
export function warnOfInternalError(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const where = stack.split('\n').filter((line) => /^\s+at /.test(line));
  warnOnce(
    'PG_OTEL_INSIGHTS_FAILED',
    `@pg-otel/insights failed to process a message; the application is not affected: ${name}\n${where.slice(0, 5).join('\n')}`,
  );
}
