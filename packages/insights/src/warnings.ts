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
  warnOnce(
    'PG_OTEL_INSIGHTS_FAILED',
    `@pg-otel/insights failed to process a message; the application is not affected: ${name}${framesOf(error)}`,
  );
}

/** The first frames of a stack. The message before them may contain data, also in lines that look like frames. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { stack, message }: { stack?: unknown; message: unknown } = error;
  // An application may define another representation (Error.prepareStackTrace).
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  const lines = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line)).slice(0, 5);
  return frames.map((frame) => `\n${frame}`).join('');
}
