/**
 * Holds the innermost call of one kind that has not returned yet. Work within the call is attributed to it, because
 * drivers pass no reference from an outer call to an inner one. Calls may be nested.
 */
export class CallScope<Call> {
  #current: Call | undefined;

  get current(): Call | undefined {
    return this.#current;
  }

  /**
   * Begins a call, and returns the outer call for {@link leave}. It takes no function to run, because that would add a
   * frame to the caller's stack.
   */
  enter(call: Call | undefined): Call | undefined {
    const outer = this.#current;
    this.#current = call;
    return outer;
  }

  /** The call has returned or thrown. */
  leave(outer: Call | undefined): void {
    this.#current = outer;
  }

  /** Returns the current call and clears it, so that later work within the call is not attributed to it. */
  take(): Call | undefined {
    return this.enter(undefined);
  }
}
