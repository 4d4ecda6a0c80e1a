import { TIMES } from '../rules/times';
import { duration } from './promql';
import type { Recording } from './queries';

const watched = (counter: string) => `${counter}_watched`;

/**
 * A recording that shows how long a counter has been evaluated. Without it, everything that a new Prometheus finds, or that
 * a counter for a new limit already contains, would count as an increase.
 */
export function watching(counter: string): Recording {
  return { record: watched(counter), expr: 'vector(1)' };
}

/**
 * The increase of a counter in a window, including resets. `increase()` alone misses the first value of a series, such as
 * the first slow execution of a statement. The first value of a series that did not exist before the window counts
 * entirely if Prometheus already evaluated the rule before the window.
 *
 * @param counter a recorded sum per process, with its recording `watching`
 * @param remembered the recording that shows whether the counter existed before. Default: the counter itself. A recording
 *   of its values above zero has the same effect with fewer series
 */
export function increaseIn(windowSeconds: number, counter: string, remembered = counter): string {
  const window = duration(windowSeconds);
  const known = `count_over_time(${remembered}[${duration(TIMES.counterRemembered)}] offset ${window})`;
  return `(
    (${counter} unless ${known})
    and on () ${watched(counter)} offset ${duration(windowSeconds + TIMES.settle)}
  or
    increase(${counter}[${window}])
  )`;
}
