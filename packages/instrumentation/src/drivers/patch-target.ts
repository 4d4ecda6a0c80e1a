import { followFunction } from './neon-http/follow';
import { isNeonFunction, type NeonQueryPromiseClass, queryOf } from './neon-http/neon';
import { isNeonModule, patchNeonModule, withNeon } from './neon-module';
import {
  isClientClass,
  isPoolClass,
  patchClientClass,
  patchPoolClass,
  patchQueryPromiseClass,
} from './patch';

/** What is accepted, for the message to whoever hands over something else. */
export const TARGETS =
  'the module of pg or Neon, a Pool or a Client (class or instance), or what neon() returns';

/**
 * Patches what somebody hands over.
 *
 * @returns what is to be used in its place: itself, except for a module of Neon's; `undefined` when it is none of
 *   {@link TARGETS}, and nothing was patched
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
  const classes = driverClasses(target);
  for (const found of classes) {
    if (isPoolClass(found)) patchPoolClass(found);
    else if (isClientClass(found)) patchClientClass(found);
  }
  return classes.length === 0 ? undefined : target;
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
