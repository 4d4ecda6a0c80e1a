/** The summary of queries without one. */
const UNNAMED = '';

/**
 * The last queries, in arrays that are allocated once: a query costs a few writes and one look-up of its summary. For
 * each query of the window 19 bytes, and the summaries: at most twice as many as there are queries in the window.
 */
export class QueryWindow {
  readonly size: number;
  /** All queries since the start. */
  added = 0;
  readonly #seconds: Float64Array;
  /** Milliseconds since 1970. */
  readonly #endedAt: Float64Array;
  readonly #statements: Uint16Array;
  readonly #failed: Uint8Array;
  readonly #ids = new Map<string, number>();
  readonly #summaries: string[] = [];
  readonly #freeIds: number[] = [];
  /** Where the next query goes. */
  #next = 0;
  /** Of the last query: the next one is often another execution of it. */
  #lastSummary: string | undefined;
  #lastId = 0;

  /** @param size 1 to 10,000 */
  constructor(size: number) {
    this.size = size;
    this.#seconds = new Float64Array(size);
    this.#endedAt = new Float64Array(size);
    this.#statements = new Uint16Array(size);
    this.#failed = new Uint8Array(size);
  }

  get length(): number {
    return Math.min(this.added, this.size);
  }

  add(summary: string | undefined, seconds: number, endedAt: number, isFailed: boolean): void {
    const index = this.#next;
    this.#next = index + 1 === this.size ? 0 : index + 1;
    this.#statements[index] = this.#idOf(summary ?? UNNAMED);
    this.#seconds[index] = seconds;
    this.#endedAt[index] = endedAt;
    this.#failed[index] = isFailed ? 1 : 0;
    this.added += 1;
  }

  /**
   * Calls a function with each query, oldest first.
   *
   * @param from the value of `added` before the first query of interest
   */
  forEach(
    read: (summary: string, seconds: number, endedAt: number, isFailed: boolean) => void,
    from = 0,
  ): void {
    for (let nth = Math.max(from, this.added - this.length); nth < this.added; nth += 1) {
      const index = nth % this.size;
      read(
        this.#summaries[this.#statements[index] as number] as string,
        this.#seconds[index] as number,
        this.#endedAt[index] as number,
        this.#failed[index] === 1,
      );
    }
  }

  #idOf(summary: string): number {
    if (summary === this.#lastSummary) return this.#lastId;
    this.#lastId = this.#ids.get(summary) ?? this.#newId(summary);
    this.#lastSummary = summary;
    return this.#lastId;
  }

  #newId(summary: string): number {
    if (this.#ids.size >= 2 * this.size) this.#forgetUnused();
    const id = this.#freeIds.pop() ?? this.#summaries.length;
    this.#ids.set(summary, id);
    this.#summaries[id] = summary;
    return id;
  }

  /** Forgets the summaries that no query of the window has. */
  #forgetUnused(): void {
    const used = new Set(this.#statements);
    for (const [summary, id] of this.#ids) {
      if (used.has(id)) continue;
      this.#ids.delete(summary);
      this.#freeIds.push(id);
    }
  }
}
