import type { HrTime, Span } from '@opentelemetry/api';
import { attachment } from '../attachment';
import { later, timeOfDay } from './time-of-day';

/** A moment of the monotonic clock, and the time of day at which spans show it. */
interface Reading {
  readonly moment: number;
  readonly time: HrTime;
}

/**
 * What the SDK's span keeps of its start (sdk-trace src/Span.ts, 2.x and 3.x). Without a start time of its caller's it
 * starts at a whole `Date.now()`, and ends as much later as the monotonic clock went on.
 */
interface SdkSpan {
  readonly startTime?: unknown;
  readonly _performanceStartTime?: unknown;
  readonly _startTimeProvided?: unknown;
}

/** Of spans of ours that others may have children of. */
const readings = attachment<Span, Reading>();

/**
 * The start time of a span, on the clock of its parent: each span of the SDK has its own, up to a millisecond apart,
 * and a child on another one would start before its parent or end after it.
 */
export function startTimeBelow(parent: Span | undefined, moment: number): HrTime {
  if (parent === undefined) return timeOfDay(moment);
  const { startTime, _performanceStartTime: startedAt, _startTimeProvided: isProvided } = parent as SdkSpan;
  // Without a record of its own for each query: most parents are spans of this kind.
  if (isProvided === false && typeof startedAt === 'number' && isHrTime(startTime)) {
    if (moment >= startedAt) return later(startTime, moment - startedAt);
  } else {
    const reading = readings.get(parent);
    if (reading !== undefined && moment >= reading.moment) {
      return later(reading.time, moment - reading.moment);
    }
  }
  return notBefore(parent, timeOfDay(moment));
}

/**
 * As {@link startTimeBelow}, for a span that spans of others may be children of: those start at a whole millisecond, so
 * this one does too.
 */
export function wholeStartTimeBelow(parent: Span | undefined, moment: number): HrTime {
  const [seconds, nanoseconds] = startTimeBelow(parent, moment);
  return notBefore(parent, [seconds, nanoseconds - (nanoseconds % 1e6)]);
}

/** Children of this span, which started at this moment, take its clock. */
export function keepClock(span: Span, moment: number): void {
  const { startTime } = span as SdkSpan;
  if (isHrTime(startTime)) readings.set(span, { moment, time: startTime });
}

function notBefore(parent: Span | undefined, time: HrTime): HrTime {
  const { startTime } = (parent ?? {}) as SdkSpan;
  return isHrTime(startTime) && isBefore(time, startTime) ? startTime : time;
}

const isBefore = (one: HrTime, other: HrTime): boolean =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);

const isHrTime = (time: unknown): time is HrTime =>
  Array.isArray(time) && typeof time[0] === 'number' && typeof time[1] === 'number';
