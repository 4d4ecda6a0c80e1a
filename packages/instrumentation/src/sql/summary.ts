/** The conventions' limit for `db.query.summary`. */
export const LONGEST_SUMMARY = 255;

/** Operations and targets in order of appearance. The first that does not fit whole ends it. */
export class Summary {
  private readonly parts: string[] = [];
  /** The name by which each part could turn out to refer to a common table expression; '' for none. */
  private readonly references: string[] = [];
  private length = 0;
  isFull = false;

  add(part: string, reference = ''): void {
    const length = this.length === 0 ? part.length : this.length + 1 + part.length;
    if (this.isFull || length > LONGEST_SUMMARY) {
      this.isFull = true;
      return;
    }
    this.length = length;
    this.parts.push(part);
    this.references.push(reference);
  }

  get size(): number {
    return this.parts.length;
  }

  /** Takes back the references to a name from a position on. */
  removeReferences(from: number, name: string): void {
    for (let i = this.references.length - 1; i >= from; i--) {
      if (this.references[i] !== name) continue;
      this.length -= (this.parts[i] as string).length + 1;
      this.parts.splice(i, 1);
      this.references.splice(i, 1);
    }
  }

  toString(): string {
    // join: flat, and does not keep the text its parts were cut from in memory.
    return this.parts.join(' ');
  }
}
