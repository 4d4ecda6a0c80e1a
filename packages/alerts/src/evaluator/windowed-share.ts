interface Step {
  readonly from: number;
  until: number;
  total: number;
  within: number;
}

/** A window moves by a sixtieth of its length: a window of five minutes moves every five seconds. */
const STEPS = 60;

/** Calculates the share of operations in a moving window that reach a target, in bounded memory. */
export class WindowedShare {
  readonly #steps: Step[] = [];
  readonly #windowMillis: number;

  constructor(windowMillis: number) {
    this.#windowMillis = windowMillis;
  }

  /** Adds the increase since the previous collection. Times do not go back. */
  add(total: number, within: number, timestamp: number): void {
    if (total <= 0) return;
    this.#forget(timestamp);
    const last = this.#steps.at(-1);
    if (last !== undefined && timestamp - last.from < this.#windowMillis / STEPS) {
      last.until = timestamp;
      last.total += total;
      last.within += within;
    } else this.#steps.push({ from: timestamp, until: timestamp, total, within });
  }

  /** The number and share of the operations in the window that ends now. */
  at(timestamp: number): { readonly total: number; readonly share: number } {
    this.#forget(timestamp);
    const total = this.#steps.reduce((sum, step) => sum + step.total, 0);
    const within = this.#steps.reduce((sum, step) => sum + step.within, 0);
    return { total, share: total === 0 ? 1 : rounded(within / total) };
  }

  #forget(timestamp: number): void {
    const kept = this.#steps.findIndex(({ until }) => timestamp - until < this.#windowMillis);
    this.#steps.splice(0, kept < 0 ? this.#steps.length : kept);
  }
}

/** Rounds as the Prometheus rules do, so that 95 of 100 operations are not less than 95 %. */
function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
