/** Those who wait for something that arrives at a receiver. */
export class Waiting {
  readonly #waiting = new Set<() => void>();

  /** Something has arrived: everybody looks whether it is theirs. */
  arrived(): void {
    for (const ask of [...this.#waiting]) ask();
  }

  /**
   * Resolves with what `find` finds, neither undefined nor false, now or when something arrives.
   *
   * @param late what to say when it is not found in time
   */
  waitFor<T>(find: () => T | undefined | false, timeoutMillis: number, late: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(ask);
      };
      const ask = () => {
        try {
          const found = find();
          if (found === undefined || found === false) return;
          done();
          resolve(found);
        } catch (error) {
          done();
          reject(error);
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(late()));
      }, timeoutMillis);
      this.#waiting.add(ask);
      ask();
    });
  }
}
