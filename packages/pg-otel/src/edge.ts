import type { StartOptions } from './options';
import type { PgOtel } from './start';

let isWarned = false;

/**
 * `start()` for bundles without Node built-ins, such as the second build that Next.js makes of `instrumentation.ts`
 * for its edge runtime. It starts nothing and warns once.
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
