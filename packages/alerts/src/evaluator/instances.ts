/** A process that was silent for longer is new again. */
const FORGOTTEN_MILLIS = 60 * 60_000;

/** Since when the processes are heard whose metrics come. */
export class Instances {
  readonly #heard = new Map<string, { readonly since: number; last: number }>();
  readonly #most: number;
  #watchingSince: number | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  heard(
    instance: string,
    timestamp: number,
  ): { readonly instanceSince: number; readonly watchingSince: number } {
    this.#watchingSince ??= timestamp;
    for (const [key, { last }] of this.#heard) {
      // Those heard longest ago stand first.
      if (timestamp - last < FORGOTTEN_MILLIS) break;
      this.#heard.delete(key);
    }
    const since = this.#heard.get(instance)?.since ?? timestamp;
    this.#heard.delete(instance);
    if (this.#heard.size < this.#most) this.#heard.set(instance, { since, last: timestamp });
    return { instanceSince: since, watchingSince: this.#watchingSince };
  }
}
