/** The most events of one name (and limit) per second, so that they do not flood the log. */
const EVENTS_PER_SECOND = 20;

/** Limits how many events are emitted per second. Each kind of event has its own budget, so none uses up another's. */
export class Budget {
  #secondBegan = Number.NEGATIVE_INFINITY;
  #left = 0;

  /**
   * @param at milliseconds of the monotonic clock
   * @returns whether one more event may be emitted
   */
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
