import { TIMES } from '../rules/times';

/** A process that sends no metrics for this long counts as new when it reappears. */
const FORGOTTEN_MILLIS = TIMES.serviceForgotten * 1000;

/** Records when the first metrics of each process arrived. */
export class Instances {
  readonly #seen = new Map<string, { readonly since: number; last: number }>();
  readonly #most: number;
  #watchingSince: number | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  seen(
    instance: string,
    timestamp: number,
  ): { readonly instanceSince: number; readonly watchingSince: number } {
    this.#watchingSince ??= timestamp;
    for (const [key, { last }] of this.#seen) {
      // The map is ordered by the last collection, the oldest first.
      if (timestamp - last < FORGOTTEN_MILLIS) break;
      this.#seen.delete(key);
    }
    const since = this.#seen.get(instance)?.since ?? timestamp;
    this.#seen.delete(instance);
    if (this.#seen.size < this.#most) this.#seen.set(instance, { since, last: timestamp });
    return { instanceSince: since, watchingSince: this.#watchingSince };
  }
}
