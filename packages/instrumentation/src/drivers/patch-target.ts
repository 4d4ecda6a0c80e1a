import { warn } from '../warnings';
import { followFunction } from './neon-http/follow';
import { isNeonFunction, type NeonQueryPromiseClass, queryOf } from './neon-http/neon';
import { isNeonModule, patchNeonModule, withNeon } from './neon-module';
import {
  isClientClass,
  isPGliteClass,
  isPoolClass,
  patchClientClass,
  patchPGliteClass,
  patchPoolClass,
  patchPostgresModule,
  patchQueryPromiseClass,
  patchSql,
} from './patch';
import { isPostgresModule, isSql } from './postgres-js/postgres';

/** The accepted arguments of `instrument`, for error messages. */
export const TARGETS =
  'the module of pg, Neon, postgres or PGlite, a Pool, a Client or a PGlite (class or instance), or what neon() or postgres() returns';

/**
 * Patches the argument of `instrument`.
 *
 * @returns the object to use in place of the argument: the argument itself, except for the modules of Neon and postgres. `undefined` for a
 *   value that is none of {@link TARGETS}; nothing is patched then. A module with other classes of these names, such as
 *   a mock, is returned unchanged after a warning
 */
export function patchTarget<Target extends object>(target: Target): Target | undefined {
  if (isNeonModule(target)) return withNeon(target, patchNeonModule(target));
  if (isNeonFunction(target)) {
    const query = queryOf(target);
    if (query === undefined) return undefined;
    const QueryPromise = query.constructor as unknown as NeonQueryPromiseClass;
    if (patchQueryPromiseClass(QueryPromise)) followFunction(target, query);
    return target;
  }
  if (isSql(target)) {
    patchSql(target);
    return target;
  }
  if (isPostgresModule(target)) return patchPostgresModule(target) as Target;
  // JavaScript callers may pass any value.
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return undefined;
  const classes = driverClasses(target);
  for (const found of classes) {
    if (isPoolClass(found)) patchPoolClass(found);
    else if (isClientClass(found)) patchClientClass(found);
    else if (isPGliteClass(found)) patchPGliteClass(found);
  }
  if (classes.length > 0) return target;
  if (!membersOf(target).some((member) => typeof member === 'function')) return undefined;
  warn(
    'PG_OTEL_NOT_PATCHED',
    'instrument(module) got a Client, Pool, PGlite or neon() that does not have the shape of a driver, such as a mock. It is not instrumented.',
  );
  return target;
}

function driverClasses(target: object): unknown[] {
  const candidates = [target, target.constructor, ...membersOf(target)];
  return candidates.filter((candidate) =>
    [isClientClass, isPoolClass, isPGliteClass].some((is) => is(candidate)),
  );
}

/** The members of a module that are named like those of a driver, whether or not they belong to one. */
function membersOf(target: object): unknown[] {
  const { default: inner } = target as { default?: unknown };
  const modules = typeof inner === 'object' && inner !== null ? [target, inner] : [target];
  return modules.flatMap((module) => {
    const { Client, Pool, neon, PGlite, PGliteWorker } = module as Readonly<Record<string, unknown>>;
    return [Client, Pool, neon, PGlite, PGliteWorker];
  });
}
