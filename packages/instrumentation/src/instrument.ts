import { isClientClass, isPoolClass, patchClientClass, patchPoolClass } from './drivers/node-postgres/patch';
import { PostgresInstrumentation } from './instrumentation';
import { adoptLoadedModules } from './module-hooks';
import { telemetry } from './telemetry';

/**
 * Instruments what the module hooks cannot reach: a bundled `pg`, or a driver loaded in another way. Takes the
 * module, a Pool or Client class, or an instance of one; the class of an instance is instrumented, with all its
 * instances. When no {@link PostgresInstrumentation} is enabled yet, one with default options is.
 *
 * @returns the target itself
 * @throws TypeError when the target is none of these
 * @example
 * import pg from 'pg';
 * import { instrument } from '@pg-otel/instrumentation';
 * const pool = new (instrument(pg).Pool)();
 */
export function instrument<Target extends object>(target: Target): Target {
  const classes = driverClasses(target);
  if (classes.length === 0) {
    throw new TypeError(
      'instrument(target) takes the pg module, a Pool or a Client (class or instance), got something else',
    );
  }
  if (telemetry() === undefined) {
    // Where `pg` can be seen being loaded, it was loaded already: on purpose here, so nobody is warned of it.
    adoptLoadedModules();
    new PostgresInstrumentation();
  }
  for (const found of classes) {
    if (isPoolClass(found)) patchPoolClass(found);
    else if (isClientClass(found)) patchClientClass(found);
  }
  return target;
}

function driverClasses(target: unknown): unknown[] {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return [];
  const { default: inner, Client, Pool } = target as Record<string, unknown>;
  const candidates = [target, Client, Pool, (target as object).constructor];
  if (typeof inner === 'object' && inner !== null) {
    const module = inner as Record<string, unknown>;
    candidates.push(module['Client'], module['Pool']);
  }
  return candidates.filter((candidate) => isClientClass(candidate) || isPoolClass(candidate));
}
