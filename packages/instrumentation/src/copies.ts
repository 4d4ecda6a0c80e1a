import type { PoolIdentity } from './channels';

/** The services of one copy of the instrumentation for other packages of its process. */
export interface Copy {
  /** The identity of a pool that this copy reports; `undefined` for any other object. */
  identityOf(pool: object): PoolIdentity | undefined;
  /** Runs a function. Operations that start before it returns are not reported by this copy. */
  unobserved<Result>(call: () => Result): Result;
}

/** What all copies of this package in one process share: those in bundles, and those of other versions. */
interface Copies {
  /** The copies that have patched a class of pools. */
  readonly copies: Set<Copy>;
  readonly poolListeners: Set<(pool: object) => void>;
  /** Whether a copy reports the messages of managed pools. */
  areManagedPoolsClaimed: boolean;
  /** The modules that a copy has patched, for the probe of `pg-otel doctor`. Absent in the record of an older version. */
  patchedModules?: Set<string>;
}

const KEY = Symbol.for('pg-otel.copies');
const record = globalThis as { [KEY]?: Copies };

/** Created at the first use, because loading a module must not change the process. */
function shared(): Copies {
  record[KEY] ??= { copies: new Set(), poolListeners: new Set(), areManagedPoolsClaimed: false };
  return record[KEY];
}

export const addCopy = (copy: Copy): void => void shared().copies.add(copy);

export const copies = (): readonly Copy[] => [...shared().copies];

export const poolListeners = (): Copies['poolListeners'] => shared().poolListeners;

export function notePatched(module: string): void {
  const record = shared();
  record.patchedModules ??= new Set();
  record.patchedModules.add(module);
}

/** Returns whether the caller is the copy that reports the messages of managed pools: the first one that asks. */
export function claimManagedPools(): boolean {
  const { areManagedPoolsClaimed } = shared();
  shared().areManagedPoolsClaimed = true;
  return !areManagedPoolsClaimed;
}
