/** An argument or file that cannot be used. The message is one line, and the exit code is 2. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** A value for a message, unless it may contain a password, as a connection string in the wrong place does. */
export function shown(value: string): string {
  if (/:\/\/|@/.test(value)) return 'a value like a URL, not repeated here';
  return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
