/** The names of the common table expressions in scope. */
export class CommonTables {
  readonly #names: string[] = [];
  /** How often each name is in scope: an inner expression may hide an outer one. */
  readonly #counts = new Map<string, number>();

  /** The current scope, for {@link leave}. */
  get scope(): number {
    return this.#names.length;
  }

  add(name: string): void {
    this.#names.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  has(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  /** Returns to an outer scope. */
  leave(scope: number): void {
    while (this.#names.length > scope) {
      const name = this.#names.pop() as string;
      this.#counts.set(name, (this.#counts.get(name) as number) - 1);
    }
  }
}

/** Returns a name in the form in which the server compares names. */
export function foldName(name: string): string {
  const quote = name.indexOf('"');
  if (quote === -1) return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const inner = name.slice(quote + 1, -1).replaceAll('""', '"');
  if (quote === 0) return inner;
  // U&"…"
  return inner.replace(/\\(?:\+([\dA-Fa-f]{6})|([\dA-Fa-f]{4})|\\)/g, (written, six, four) => {
    const codePoint = Number.parseInt(six ?? four, 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : written.slice(1);
  });
}
