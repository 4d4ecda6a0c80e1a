import { duration } from './promql';
import type { Recording } from './recording';

/** How long a counter is remembered that is not there: a restart of the collector is no news of what it counted. */
const MEMORY = '1h';

/** How long a new Prometheus may take to find all that is there: its targets, and the next export of each process. */
const SETTLING_SECONDS = 60;

const watched = (counter: string) => `${counter}_watched`;

/**
 * Recorded at every evaluation, for each counter: what a new Prometheus finds did not happen just now, nor what an old
 * one counts over a limit that is new.
 */
export function watching(counter: string): Recording {
  return { record: watched(counter), expr: 'vector(1)' };
}

/**
 * How much a counter grew in a window, resets included. `increase()` alone is blind to a series that begins above zero,
 * as the counter of a statement's first slow execution does: what was not there before the window is counted whole,
 * where somebody was watching then.
 *
 * @param counter a recorded sum per process, of which `watching` is recorded too
 * @param remembered what is looked through for the counter's past: the counter, or only what is above zero of it, which
 *   are fewer series and do as well: what comes from zero has grown by all that it is
 */
export function grownIn(windowSeconds: number, counter: string, remembered = counter): string {
  const window = duration(windowSeconds);
  const known = `count_over_time(${remembered}[${MEMORY}] offset ${window})`;
  return `(
    (${counter} unless ${known})
    and on () ${watched(counter)} offset ${duration(windowSeconds + SETTLING_SECONDS)}
  or
    increase(${counter}[${window}])
  )`;
}
