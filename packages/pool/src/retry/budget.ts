/** Repeated attempts that are possible at once before any request was counted. */
const FIRST = 10;
/** Repeated attempts that a long time without failures saves up. */
const MOST = 100;

/**
 * Limits repeated attempts to a share of the requests. During an outage, a limit on the attempts of each request alone
 * would multiply the load: three attempts are three times the requests. Counts requests, and uses no clock.
 *
 * Source: gRPC proposal A6, "Throttling Retry Attempts"; Finagle's RetryBudget.
 */
export class RetryBudget {
  #attempts = FIRST;

  /** Counts a request. */
  add(share: number): void {
    this.#attempts = Math.min(MOST, this.#attempts + share);
  }

  /** Whether one more repeated attempt is possible; if so, it is counted. */
  take(): boolean {
    if (this.#attempts < 1) return false;
    this.#attempts -= 1;
    return true;
  }
}
