import type { Alert, AlertChange } from './alert';

/** The starts and ends of alerts since the last call of `changes`. */
export class History {
  /** The number of changes that were dropped because the history was full. */
  dropped = 0;
  #changes: AlertChange[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(change: AlertChange['change'], alert: Alert, timestamp: number): void {
    // Keeps up to twice as many, so that the array is rarely cut.
    if (this.#changes.push({ change, timestamp, alert }) >= 2 * this.#most) this.#cut();
  }

  /** Returns the newest changes in the order of their times, and removes them. */
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
