const PAUSE_MILLIS = 60_000;
const MOST_LINES = 1000;

/** Each line at most once a minute: in an outage every request would say the same. */
export function sparingly(log: (line: string) => void): (line: string) => void {
  const told = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    if (now - (told.get(line) ?? Number.NEGATIVE_INFINITY) < PAUSE_MILLIS) return;
    if (told.size === MOST_LINES) told.clear();
    told.set(line, now);
    log(line);
  };
}
