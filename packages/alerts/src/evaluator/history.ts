import type { Alert, AlertChange } from './alert';

/** What began and ended since somebody asked last. */
export class History {
  /** Changes that nobody asked for in time. */
  dropped = 0;
  #changes: AlertChange[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(change: AlertChange['change'], alert: Alert, timestamp: number): void {
    // Twice as many may be kept, so that cutting costs little for each.
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
