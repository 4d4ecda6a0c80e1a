/**
 * Whether there are references that keep nothing alive: Cloudflare Workers of a compatibility date before 2025-05-05
 * have none. What needs to know whether an object is still there is left out then.
 */
export const hasWeakReferences = typeof WeakRef === 'function';

export function weakly<Referred extends object>(object: Referred): WeakRef<Referred> | undefined {
  return hasWeakReferences ? new WeakRef(object) : undefined;
}
