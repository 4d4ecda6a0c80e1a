/** Messages that are handled together. Those that wait survive garbage collections, so they are few. */
const SIZE = 64;

/**
 * Handles messages in batches. Handled one at a time, between the queries of the application, they take about twice as long,
 * because the caches of the core no longer hold the code and the data that they need.
 */
export class MessageBatch<Message> {
  readonly #handle: (message: Message) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: Message[] = [];

  /** @param failed called with the error of a message, which does not keep the others from being handled */
  constructor(handle: (message: Message) => void, failed: (error: unknown) => void) {
    this.#handle = handle;
    this.#failed = failed;
  }

  add(message: Message): void {
    if (this.#waiting.push(message) >= SIZE) this.handleAll();
  }

  /** Handles the messages that wait, in the order of their arrival. */
  handleAll(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    for (const message of messages) {
      try {
        this.#handle(message);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
