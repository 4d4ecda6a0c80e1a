import { duration } from './promql';
import type { Recording } from './recording';

/** Something recorded at every evaluation: without it a minute ago nobody was watching then. */
const WATCHING = 'pg_otel:watching';

/** How long a counter is remembered that is not there: a restart of the collector is no news of what it counted. */
const MEMORY = '1h';

export const watching: Recording = {
  record: WATCHING,
  expr: 'vector(1)',
  comment:
    'Says that these rules were evaluated: what a new Prometheus finds on its first scrape did not happen just now.',
};

/**
 * How much a counter grew in a window, resets included. `increase()` alone is blind to a series that begins above zero,
 * as the counter of a statement's first slow execution does: what was not there before the window is counted whole.
 *
 * @param counter a recorded sum per process
 * @param remembered what is looked through for the counter's past: the counter, or only what is above zero of it, which
 *   are fewer series and do as well: what comes from zero has grown by all that it is
 */
export function grownIn(windowSeconds: number, counter: string, remembered = counter): string {
  const window = duration(windowSeconds);
  const known = `count_over_time(${remembered}[${MEMORY}] offset ${window})`;
  return `(
    (${counter} unless ${known})
    and on () ${WATCHING} offset ${window}
  or
    increase(${counter}[${window}])
  )`;
}
