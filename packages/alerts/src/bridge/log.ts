const PAUSE_MILLIS = 60_000;
/** Senders decide what a line names, so they could make each one a new one. */
const MOST_LINES = 100;

/** Each line at most once a minute, in an outage every request would log the same; and not more than 100 lines. */
export function sparingly(log: (line: string) => void): (line: string) => void {
  const logged = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    // In the order of their times.
    for (const [old, at] of logged) {
      if (now - at < PAUSE_MILLIS) break;
      logged.delete(old);
    }
    if (logged.has(line) || logged.size === MOST_LINES) return;
    logged.set(line, now);
    log(line);
  };
}
