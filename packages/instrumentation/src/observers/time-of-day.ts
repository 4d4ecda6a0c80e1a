import type { HrTime } from '@opentelemetry/api';
import { now } from '../clock';

/** How often the system clock is read, in milliseconds. It may be set while the process runs. */
const COMPARE_MILLISECONDS = 100;

let epoch = 0;
let comparedAt = Number.NEGATIVE_INFINITY;

/**
 * Converts a moment of {@link now} to the time of day. SDKs use an HrTime unchanged. For a number, they would read the
 * clock again and create three more arrays, at each start and end of a span.
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

/** Adds milliseconds of the monotonic clock to a time. It reads the array by index, because it runs twice per span. */
export function later(time: HrTime, milliseconds: number): HrTime {
  const nanoseconds = time[1] + Math.round(milliseconds * 1e6);
  const carried = Math.floor(nanoseconds / 1e9);
  return [time[0] + carried, nanoseconds - carried * 1e9];
}
