/** The conventions' limit for `db.query.summary`. */
const LONGEST_SUMMARY = 255;

/** Operations and targets in order of appearance. The first that does not fit whole ends it. */
export class Summary {
  private readonly parts: string[] = [];
  private length = 0;
  isFull = false;

  add(part: string): void {
    const length = this.length === 0 ? part.length : this.length + 1 + part.length;
    if (this.isFull || length > LONGEST_SUMMARY) {
      this.isFull = true;
      return;
    }
    this.length = length;
    this.parts.push(part);
  }

  get size(): number {
    return this.parts.length;
  }

  /** Takes back the parts from a position on that a test picks. */
  remove(from: number, picks: (part: string) => boolean): void {
    for (let i = this.parts.length - 1; i >= from; i--) {
      const part = this.parts[i] as string;
      if (!picks(part)) continue;
      this.parts.splice(i, 1);
      this.length -= part.length + 1;
    }
  }

  toString(): string {
    // join: flat, and does not keep the text its parts were cut from in memory.
    return this.parts.join(' ');
  }
}
