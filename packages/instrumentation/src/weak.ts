/**
 * Whether the runtime has weak references. Cloudflare Workers with a compatibility date before 2025-05-05 have none;
 * features that need to know whether an object still exists are then turned off.
 */
export const hasWeakReferences = typeof WeakRef === 'function';

/** A weak reference to the object; `undefined` in runtimes without weak references. */
export function weakly<Referred extends object>(object: Referred): WeakRef<Referred> | undefined {
  return hasWeakReferences ? new WeakRef(object) : undefined;
}
