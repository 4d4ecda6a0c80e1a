const MAX_ANSWERS = 200;

interface Kept<Answer> {
  readonly at: number;
  readonly answer: Promise<Answer>;
}

/** Keeps a limited number of answers for a limited time, so that the server is not asked again. */
export class KeptAnswers<Answer> {
  readonly #milliseconds: number;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept<Answer>>();

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /**
   * Returns the kept answer, or asks for one.
   *
   * @param at milliseconds of the monotonic clock
   * @param ask never rejects: that the server has no answer is kept as well
   */
  get(key: string, at: number, ask: () => Promise<Answer>): Promise<Answer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && at - kept.at < this.#milliseconds) return kept.answer;
    const answer = ask();
    this.#kept.delete(key);
    this.#kept.set(key, { at, answer });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_ANSWERS && oldest !== undefined) this.#kept.delete(oldest);
    return answer;
  }
}
