import type { EventLimits } from '../../configuration';
import type { OperationBase } from '../../operation';
import { Limit } from './limit';

/** The lowest limit of each pool or database by its name; `undefined` for one without limits. */
type Chains = ReadonlyMap<string | undefined, Limit | undefined>;

/** Finds the limits that apply to an operation. */
export class Limits {
  /**
   * All limits. Those of one pool or database are in ascending order, because an operation crosses them in this order.
   */
  readonly all: readonly Limit[];
  readonly #general: Limit | undefined;
  readonly #ofPool: Chains;
  readonly #ofDatabase: Chains;
  readonly #areSame: boolean;

  constructor({ slowAfter, slowAfterOf: { pools = {}, databases = {} } }: EventLimits) {
    this.#general = Limit.chain(slowAfter);
    this.#ofPool = chainsOf(pools);
    this.#ofDatabase = chainsOf(databases);
    this.#areSame = this.#ofPool.size + this.#ofDatabase.size === 0;
    const chains = [this.#general, ...this.#ofPool.values(), ...this.#ofDatabase.values()];
    this.all = chains.flatMap((lowest) => lowest?.withHigher() ?? []);
  }

  /** The lowest limit of an operation. Called for each operation, so the usual case needs no look-up. */
  of(operation: OperationBase): Limit | undefined {
    if (this.#areSame) return this.#general;
    const { pool, target } = operation;
    if (this.#ofPool.has(pool?.name)) return this.#ofPool.get(pool?.name);
    if (this.#ofDatabase.has(target.namespace)) return this.#ofDatabase.get(target.namespace);
    return this.#general;
  }
}

const chainsOf = (named: Readonly<Record<string, readonly number[]>>): Chains =>
  new Map(Object.entries(named).map(([name, limits]) => [name, Limit.chain(limits)]));
