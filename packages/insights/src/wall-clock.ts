/**
 * Converts times of `performance.now()` to milliseconds since 1970. To read the clock for each query would take as long as
 * everything else that is done with it.
 */
export class WallClock {
  #offset = offset();

  /** Adopts changes of the system's clock. */
  adjust(): void {
    this.#offset = offset();
  }

  /** @param monotonic milliseconds of `performance.now()` */
  at(monotonic: number): number {
    return Math.round(monotonic + this.#offset);
  }
}

const offset = (): number => Date.now() - performance.now();
