/**
 * Prevents an endless loop between our provider and the application's. The application may have registered a wrapper
 * of the provider that it found, which is ours. So a call that comes back to our provider goes to our SDK.
 */
export class ReentrancyGuard {
  #isInside = false;

  /** Calls the application's provider, or ours when this happens within such a call. */
  call<Result>(theirs: () => Result, ours: () => Result): Result {
    if (!this.enter()) return ours();
    try {
      return theirs();
    } finally {
      this.leave();
    }
  }

  /** As {@link call}, without its functions, for what happens with each span: {@link leave} follows unless this is false. */
  enter(): boolean {
    if (this.#isInside) return false;
    this.#isInside = true;
    return true;
  }

  leave(): void {
    this.#isInside = false;
  }

  /** Wraps a callback of the application that runs within such a call. Calls made by the callback count as new ones. */
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
