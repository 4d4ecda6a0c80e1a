import type { StartOptions } from './options';
import type { PgOtel } from './start';

let isWarned = false;

/**
 * Replaces `start()` in bundles without Node built-ins, such as the second build that Next.js makes of
 * `instrumentation.ts` for its edge runtime. It starts nothing, warns once on the console, and returns an object whose
 * methods do nothing.
 *
 * @param _options The options of `start()`, which are not used.
 */
export function start(_options: StartOptions = {}): PgOtel {
  if (!isWarned) {
    isWarned = true;
    console.warn(
      '[PG_OTEL_NOT_STARTED] pg-otel starts nothing in an edge runtime. ' +
        "In instrumentation.ts, call start() only if process.env.NEXT_RUNTIME is 'nodejs'.",
    );
  }
  return { forceFlush: async () => {}, shutdown: async () => {} };
}
