/**
 * Calls that lead from a provider of ours to that of the application. An application may have registered a wrapper of
 * the provider that it found, which is ours: a call that comes back goes to our SDK.
 */
export class Outward {
  #isOut = false;

  /** Calls theirs; ours when this is within such a call. */
  call<Result>(theirs: () => Result, ours: () => Result): Result {
    if (this.#isOut) return ours();
    this.#isOut = true;
    try {
      return theirs();
    } finally {
      this.#isOut = false;
    }
  }

  /** Work of the application that is done within such a call: what it asks for itself does not come back. */
  // biome-ignore lint/complexity/noBannedTypes: passed on as it is.
  inside(work: Function): (...args: unknown[]) => unknown {
    const outward = this;
    return function (this: unknown, ...args) {
      const isOut = outward.#isOut;
      outward.#isOut = false;
      try {
        return Reflect.apply(work, this, args);
      } finally {
        outward.#isOut = isOut;
      }
    };
  }
}
