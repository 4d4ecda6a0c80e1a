import type { EventLimits } from '../../configuration';
import type { Operation } from '../../operation';
import { Limit } from './limit';

/** The limits of each pool and database; `of` is asked at each operation. */
export class Limits {
  readonly chains: readonly Limit[];
  readonly #usual: Limit | undefined;
  readonly #ofPool: ReadonlyMap<string, Limit | undefined> | undefined;
  readonly #ofDatabase: ReadonlyMap<string, Limit | undefined> | undefined;

  constructor({ slowAfter, slowAfterOf: { pools = {}, databases = {} } }: EventLimits) {
    this.#usual = Limit.chain(slowAfter);
    this.#ofPool = chainsOf(pools);
    this.#ofDatabase = chainsOf(databases);
    const chains = [this.#usual, ...(this.#ofPool?.values() ?? []), ...(this.#ofDatabase?.values() ?? [])];
    this.chains = chains.filter((chain) => chain !== undefined);
  }

  of({ pool, target: { namespace } }: Operation): Limit | undefined {
    if (this.#ofPool !== undefined && pool !== undefined && this.#ofPool.has(pool.name)) {
      return this.#ofPool.get(pool.name);
    }
    if (this.#ofDatabase !== undefined && namespace !== undefined && this.#ofDatabase.has(namespace)) {
      return this.#ofDatabase.get(namespace);
    }
    return this.#usual;
  }
}

function chainsOf(
  named: Readonly<Record<string, readonly number[]>>,
): Map<string, Limit | undefined> | undefined {
  const entries = Object.entries(named);
  if (entries.length === 0) return undefined;
  return new Map(entries.map(([name, limits]) => [name, Limit.chain(limits)]));
}
