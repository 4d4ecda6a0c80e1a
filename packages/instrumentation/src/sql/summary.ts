/** The conventions' limit for `db.query.summary`. */
export const LONGEST_SUMMARY = 255;

/**
 * Collects the operations and targets of a text in order of appearance. The summary ends before the first part that does
 * not fit.
 */
export class Summary {
  readonly #parts: string[] = [];
  /** For each part, the name by which it may refer to a common table expression; '' if it cannot. */
  readonly #references: string[] = [];
  #length = 0;
  isFull = false;

  /** @param reference the name by which the part may refer to a common table expression */
  add(part: string, reference = ''): void {
    const length = this.#length === 0 ? part.length : this.#length + 1 + part.length;
    if (this.isFull || length > LONGEST_SUMMARY) {
      this.isFull = true;
      return;
    }
    this.#length = length;
    this.#parts.push(part);
    this.#references.push(reference);
  }

  get size(): number {
    return this.#parts.length;
  }

  /** Removes the references to a name, from a position on. */
  removeReferences(from: number, name: string): void {
    for (let i = this.#references.length - 1; i >= from; i--) {
      if (this.#references[i] !== name) continue;
      this.#length -= (this.#parts[i] as string).length + 1;
      this.#parts.splice(i, 1);
      this.#references.splice(i, 1);
    }
  }

  toString(): string {
    // `join` copies the parts, so that the summary does not keep the original text in memory.
    return this.#parts.join(' ');
  }
}
