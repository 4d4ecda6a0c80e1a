/**
 * Guards calls from a provider of ours to the application's provider against coming back. The application may have
 * registered a wrapper of the provider it found, which is ours: a call that comes back goes to our SDK.
 */
export class ReentrancyGuard {
  #isInside = false;

  /** Calls the application's provider, or ours when this happens within such a call. */
  call<Result>(theirs: () => Result, ours: () => Result): Result {
    if (this.#isInside) return ours();
    this.#isInside = true;
    try {
      return theirs();
    } finally {
      this.#isInside = false;
    }
  }

  /** Wraps a callback of the application that runs within such a call: the calls it makes start outside. */
  // biome-ignore lint/complexity/noBannedTypes: passed on as it is.
  outside(work: Function): (...args: unknown[]) => unknown {
    const guard = this;
    return function (this: unknown, ...args) {
      const isInside = guard.#isInside;
      guard.#isInside = false;
      try {
        return Reflect.apply(work, this, args);
      } finally {
        guard.#isInside = isInside;
      }
    };
  }
}
