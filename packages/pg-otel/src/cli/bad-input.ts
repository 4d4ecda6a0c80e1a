/** What somebody gave cannot be used: one line, exit code 2. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** A value for a message. Not when it may hold a password: people paste connection strings into the wrong place. */
export function shown(value: string): string {
  if (/:\/\/|@/.test(value)) return 'what looks like a URL, not repeated here';
  return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
