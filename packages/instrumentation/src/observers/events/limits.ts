import type { EventLimits } from '../../configuration';
import type { OperationBase } from '../../operation';
import { Limit } from './limit';

/** By the name of a pool or database: the lowest of its limits, `undefined` when it has none. */
type Chains = ReadonlyMap<string | undefined, Limit | undefined>;

/** The limits of each pool and database. */
export class Limits {
  /** Each chain in ascending order: what has crossed its first limit may have crossed the second. */
  readonly all: readonly Limit[];
  readonly #usual: Limit | undefined;
  readonly #ofPool: Chains;
  readonly #ofDatabase: Chains;
  readonly #areSame: boolean;

  constructor({ slowAfter, slowAfterOf: { pools = {}, databases = {} } }: EventLimits) {
    this.#usual = Limit.chain(slowAfter);
    this.#ofPool = chainsOf(pools);
    this.#ofDatabase = chainsOf(databases);
    this.#areSame = this.#ofPool.size + this.#ofDatabase.size === 0;
    const chains = [this.#usual, ...this.#ofPool.values(), ...this.#ofDatabase.values()];
    this.all = chains.flatMap((lowest) => lowest?.withHigher() ?? []);
  }

  /** Asked at each operation: nothing is looked up where all have the same limits. */
  of(operation: OperationBase): Limit | undefined {
    if (this.#areSame) return this.#usual;
    const { pool, target } = operation;
    if (this.#ofPool.has(pool?.name)) return this.#ofPool.get(pool?.name);
    if (this.#ofDatabase.has(target.namespace)) return this.#ofDatabase.get(target.namespace);
    return this.#usual;
  }
}

const chainsOf = (named: Readonly<Record<string, readonly number[]>>): Chains =>
  new Map(Object.entries(named).map(([name, limits]) => [name, Limit.chain(limits)]));
