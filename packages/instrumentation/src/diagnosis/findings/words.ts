/** `0.3 ms`, `35 ms`, `4.8 s`, `61 s`, `12 min`, `3 h`: as precise as a reader needs it. */
export function duration(seconds: number): string {
  const milliseconds = Math.max(0, seconds) * 1000;
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 99.5) return `${milliseconds.toFixed(0)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${seconds.toFixed(0)} s`;
  if (seconds < 7170) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(0)} h`;
}

/** ` for 12 s`; empty if the time is not known. */
export function forDuration(seconds: number | undefined): string {
  return seconds === undefined ? '' : ` for ${duration(seconds)}`;
}

/** `` `orders` ``: names and summaries, which may contain spaces. */
export function code(name: string): string {
  return `\`${printable(name, '`')}\``;
}

/**
 * Names may contain any character, and those of other roles are anybody's text. Those that end a line or a quotation would
 * look like the end of the name; in angle brackets, a chat message has mentions and links (`<!channel>`).
 */
export function printable(name: string, quote: '`' | '"' = '"'): string {
  return name.replace(/[\p{C}<>]/gu, '?').replaceAll(quote, '?');
}

/** `1 other waits`, `4 others wait` */
export function others(count: number, verb: string): string {
  return count === 1 ? `1 other ${verb}s` : `${count} others ${verb}`;
}
