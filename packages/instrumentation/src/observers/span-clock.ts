import type { HrTime, Span } from '@opentelemetry/api';
import { attachment } from '../attachment';
import { later, timeOfDay } from './time-of-day';

/** A moment of the monotonic clock, and the time of day that spans show for it. */
interface Reading {
  readonly moment: number;
  readonly time: HrTime;
}

/**
 * The fields in which the SDK's span keeps its start (sdk-trace src/Span.ts, 2.x and 3.x). Without a start time from its
 * caller, a span starts at a whole `Date.now()`, and its duration is measured by the monotonic clock.
 */
interface SdkSpan {
  readonly startTime?: unknown;
  readonly _performanceStartTime?: unknown;
  readonly _startTimeProvided?: unknown;
}

/** The clocks of spans of pg-otel that may have children. */
const readings = attachment<Span, Reading>();

/**
 * Returns the start time of a span on the clock of its parent. Each span of the SDK has its own clock, and these clocks
 * differ by up to a millisecond. With another clock, a child might start before its parent or end after it.
 */
export function startTimeBelow(parent: Span | undefined, moment: number): HrTime {
  if (parent === undefined) return timeOfDay(moment);
  const { startTime, _performanceStartTime: startedAt, _startTimeProvided: isProvided } = parent as SdkSpan;
  // Most parents were created without a start time. Their fields show their clock.
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
 * As {@link startTimeBelow}, for a span that may have children of other instrumentations. Their spans start at a whole
 * millisecond, so this span does too.
 */
export function wholeStartTimeBelow(parent: Span | undefined, moment: number): HrTime {
  const [seconds, nanoseconds] = startTimeBelow(parent, moment);
  return notBefore(parent, [seconds, nanoseconds - (nanoseconds % 1e6)]);
}

/** Keeps the clock of a span that started at this moment, for the start times of its children. */
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
