const PAUSE_MILLIS = 60_000;
/** The maximum number of lines a minute. Senders choose the names in lines, so each line could be different. */
const MAX_LINES = 100;

/** Logs each line at most once a minute, and at most 100 lines a minute. In an outage, every request has the same line. */
export function rateLimited(log: (line: string) => void): (line: string) => void {
  const logged = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    // Ordered by time.
    for (const [old, at] of logged) {
      if (now - at < PAUSE_MILLIS) break;
      logged.delete(old);
    }
    if (logged.has(line) || logged.size === MAX_LINES) return;
    logged.set(line, now);
    log(line);
  };
}
