import type { Alert, AlertChange } from './alert';

/** The alerts that began to fire and ended since the last call of `changes`. */
export class History {
  /** Changes that exceeded the limit before they were read. */
  dropped = 0;
  #changes: AlertChange[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(change: AlertChange['change'], alert: Alert, timestamp: number): void {
    // Twice as many may be kept, so that the array is rarely cut.
    if (this.#changes.push({ change, timestamp, alert }) >= 2 * this.#most) this.#cut();
  }

  /** The newest ones, in the order of their times. */
  take(): readonly AlertChange[] {
    this.#cut();
    const taken = this.#changes.sort((one, other) => one.timestamp - other.timestamp);
    this.#changes = [];
    return taken;
  }

  #cut(): void {
    const surplus = this.#changes.length - this.#most;
    if (surplus <= 0) return;
    this.#changes.splice(0, surplus);
    this.dropped += surplus;
  }
}
