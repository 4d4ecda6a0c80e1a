import type { HrTime } from '@opentelemetry/api';
import { now } from '../clock';

/** The time of day may be set while the process runs: it is compared again after so many milliseconds. */
const COMPARE_MILLISECONDS = 100;

let epoch = 0;
let comparedAt = Number.NEGATIVE_INFINITY;

/**
 * A moment of {@link now} as time of day, in the form that SDKs take as it is. Of a number they make it themselves,
 * with one more clock reading and three more arrays for each start and each end.
 */
export function timeOfDay(moment: number): HrTime {
  if (moment - comparedAt > COMPARE_MILLISECONDS) {
    comparedAt = now();
    epoch = Date.now() - comparedAt;
  }
  const milliseconds = epoch + moment;
  const seconds = Math.trunc(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}

/** So much later by the monotonic clock, whatever has become of the time of day. Taken apart by index: twice per span. */
export function later(time: HrTime, milliseconds: number): HrTime {
  const nanoseconds = time[1] + Math.round(milliseconds * 1e6);
  const carried = Math.floor(nanoseconds / 1e9);
  return [time[0] + carried, nanoseconds - carried * 1e9];
}
