/**
 * The call of one kind that has not returned yet. What happens within the call belongs to it: drivers pass no reference
 * from an outer call to an inner one. Calls may be nested.
 */
export class CallScope<Call> {
  #current: Call | undefined;

  get current(): Call | undefined {
    return this.#current;
  }

  /** Begins a call. Returns the outer one, which {@link leave} needs. No function is run, as it would be a frame in the caller's stack. */
  enter(call: Call | undefined): Call | undefined {
    const outer = this.#current;
    this.#current = call;
    return outer;
  }

  /** The call has returned or thrown. */
  leave(outer: Call | undefined): void {
    this.#current = outer;
  }

  /** The current call, for one caller only: nothing that follows within the call belongs to it. */
  take(): Call | undefined {
    return this.enter(undefined);
  }
}
