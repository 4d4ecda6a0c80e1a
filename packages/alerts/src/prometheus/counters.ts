import { TIMES } from '../rules/times';
import { duration } from './promql';
import type { Recording } from './queries';

const watched = (counter: string) => `${counter}_watched`;

/**
 * A recording that shows since when a counter is evaluated. What a new Prometheus finds has not just happened, nor has
 * what an old one counts for a new limit.
 */
export function watching(counter: string): Recording {
  return { record: watched(counter), expr: 'vector(1)' };
}

/**
 * The increase of a counter in a window, with resets. `increase()` alone does not see a series that begins above zero,
 * such as the counter of a statement's first slow execution. A series that did not exist before the window counts as a
 * whole if Prometheus already evaluated the rule then.
 *
 * @param counter a recorded sum per process, with its recording `watching`
 * @param remembered the series to search for the counter's past: the counter, or its values above zero, which are fewer
 *   series and have the same effect
 */
export function grownIn(windowSeconds: number, counter: string, remembered = counter): string {
  const window = duration(windowSeconds);
  const known = `count_over_time(${remembered}[${duration(TIMES.counterRemembered)}] offset ${window})`;
  return `(
    (${counter} unless ${known})
    and on () ${watched(counter)} offset ${duration(windowSeconds + TIMES.settle)}
  or
    increase(${counter}[${window}])
  )`;
}
