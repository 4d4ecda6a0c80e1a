import { patchTarget, TARGETS } from './drivers/patch-target';
import { PostgresInstrumentation } from './instrumentation';
import { adoptLoadedModules } from './node/module-hooks';
import { telemetry } from './telemetry';

/**
 * Instruments what the module hooks cannot reach: a bundled driver, or one loaded in another way. Takes the module of
 * `pg` or `@neondatabase/serverless`, a Pool or Client class or an instance of one, or what `neon()` returns; the
 * class of an instance is instrumented, with all its instances. When no {@link PostgresInstrumentation} is enabled
 * yet, one with default options is.
 *
 * A module whose `Pool`, `Client` or `neon` is a mock is left as it is, with a warning (`PG_OTEL_NOT_PATCHED`).
 *
 * @returns the target itself; of Neon's module a copy whose `neon` is followed, because that cannot be redefined
 * @throws TypeError when the target is none of these
 * @example
 * import pg from 'pg';
 * import { instrument } from '@pg-otel/instrumentation';
 * const pool = new (instrument(pg).Pool)();
 * @example
 * const sql = instrument(neon(process.env.DATABASE_URL));
 */
export function instrument<Target extends object>(target: Target): Target {
  if (telemetry() === undefined) {
    // Where the driver can be seen being loaded, it was loaded already: on purpose here, so nobody is warned of it.
    adoptLoadedModules();
  }
  const patched = patchTarget(target);
  if (patched === undefined) throw new TypeError(`instrument(target) takes ${TARGETS}, got something else`);
  if (telemetry() === undefined) new PostgresInstrumentation();
  return patched;
}
