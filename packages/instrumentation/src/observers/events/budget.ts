/** Events of one name (and limit) in a second: enough to tell, too few to drown anything else. */
const EVENTS_PER_SECOND = 20;

/** So many events in a second and no more; each kind of event has its own, so that none takes another's. */
export class Budget {
  #secondBegan = Number.NEGATIVE_INFINITY;
  #left = 0;

  /** @param at milliseconds of the monotonic clock */
  take(at: number): boolean {
    if (at - this.#secondBegan >= 1000) {
      this.#secondBegan = at;
      this.#left = EVENTS_PER_SECOND;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
