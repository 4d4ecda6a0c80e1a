import { patchTarget, TARGETS } from './drivers/patch-target';
import { PostgresInstrumentation } from './instrumentation';
import { adoptLoadedModules } from './node/module-hooks';
import { FORKS } from './node/test-runners';
import { telemetry } from './telemetry';
import { warn } from './warnings';

/**
 * Instruments a driver that module hooks do not reach, such as a bundled one. When no {@link PostgresInstrumentation}
 * is enabled yet, it enables one with default options.
 *
 * The connections of a bundled `postgres` cannot be observed: its queries are reported, without setups and pool metrics.
 *
 * A module whose `Pool`, `Client`, `PGlite` or `neon` is a mock stays unchanged, with a warning (`PG_OTEL_NOT_PATCHED`).
 *
 * @param target the module of `pg`, `@neondatabase/serverless`, `postgres` or PGlite, a Pool, Client or PGlite class, an
 *   instance of one (its class is instrumented, and so are all other instances), or the function that `neon()` or
 *   `postgres()` returns
 * @returns the target itself; for the module of `@neondatabase/serverless` a copy with an instrumented `neon`, because
 *   its exports cannot be redefined; for the module of `postgres` a function that instruments each instance
 * @throws TypeError when the target is none of these
 * @example
 * import pg from 'pg';
 * import { instrument } from '@pg-otel/instrumentation';
 * const pool = new (instrument(pg).Pool)();
 * @example
 * const sql = instrument(neon(process.env.DATABASE_URL));
 * @example
 * const sql = instrument(postgres(process.env.DATABASE_URL));
 */
export function instrument<Target extends object>(target: Target): Target {
  if (telemetry() === undefined) {
    // Drivers that are loaded already are patched before the constructor below would warn that they were loaded late.
    adoptLoadedModules();
  }
  const patched = patchTarget(target);
  if (patched === undefined) throw new TypeError(`instrument(target) takes ${TARGETS}, got something else`);
  if (telemetry() === undefined) enable();
  return patched;
}

/** OpenTelemetry's base class throws where modules cannot be hooked. The application runs without telemetry then. */
function enable(): void {
  try {
    new PostgresInstrumentation();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn('PG_OTEL_OWN_LOADER', `OpenTelemetry cannot hook modules in this process: ${reason}. ${FORKS}`);
  }
}
