import type { Attributes } from '@opentelemetry/api';
import {
  DB_QUERY_SUMMARY,
  DIAGNOSIS,
  DIAGNOSIS_REASON,
  ERROR_TYPE,
  EVENT_CONNECTION_HELD,
  EVENT_HEALTH_CHANGED,
  EVENT_OPERATION_DIAGNOSED,
  EVENT_OPERATION_ENDED,
  EVENT_OPERATION_EXCEPTION,
  EVENT_OPERATION_SLOW,
  EVENT_POOL_RESIZED,
  HEALTH_FAILURES,
  HEALTH_PREVIOUS,
  HEALTH_STATE,
  HELD_COUNT,
  HELD_LIMIT,
  HELD_TIME,
  OPERATION_COUNT,
  OPERATION_ELAPSED,
  OPERATION_KIND,
  OPERATION_LIMIT,
  OPERATION_RUNNING,
  POOL_NAME,
  RESIZE_APPLIED,
  RESIZE_EXPLANATION,
  RESIZE_FROM,
  RESIZE_TO,
  SERVER_ADDRESS,
} from '../../semconv';

/** Describes an event in one sentence. It uses the event's attributes only, so it discloses no other data. */
export function bodyOf(eventName: string, attributes: Attributes): string {
  return sentences[eventName]?.(attributes) ?? eventName;
}

const sentences: Readonly<Record<string, (attributes: Attributes) => string>> = {
  [EVENT_OPERATION_SLOW](event) {
    const running = Number(event[OPERATION_RUNNING]);
    const elapsed = seconds(event[OPERATION_ELAPSED]);
    const limit = `(threshold ${seconds(event[OPERATION_LIMIT])})`;
    if (running === 0) return `${subject(event)} took ${elapsed} ${limit}`;
    const others = running === 1 ? '' : `, the oldest of ${running}`;
    return `${subject(event)} has been ${doing(event)} for ${elapsed} ${limit}${others}`;
  },
  [EVENT_OPERATION_DIAGNOSED](event) {
    const reason =
      event[DIAGNOSIS] === 'nothing'
        ? 'the server shows no reason'
        : event[DIAGNOSIS] === 'unavailable'
          ? `the server cannot be asked for the reason (${event[DIAGNOSIS_REASON]})`
          : event[DIAGNOSIS_REASON];
    return `${subject(event)} has been ${doing(event)} for ${seconds(event[OPERATION_ELAPSED])}: ${reason}`;
  },
  [EVENT_OPERATION_ENDED](event) {
    const error = event[ERROR_TYPE];
    const end = error === undefined ? 'ended' : `failed with ${error}`;
    const limit = `(threshold ${seconds(event[OPERATION_LIMIT])})`;
    return `${subject(event)} ${end} after ${seconds(event[OPERATION_ELAPSED])} ${limit}${times(event)}`;
  },
  [EVENT_OPERATION_EXCEPTION]: (event) => `${subject(event)} failed with ${event[ERROR_TYPE]}${times(event)}`,
  [EVENT_CONNECTION_HELD](event) {
    const count = Number(event[HELD_COUNT]);
    const time = seconds(event[HELD_TIME]);
    const limit = `(threshold ${seconds(event[HELD_LIMIT])})`;
    return count === 1
      ? `A connection of pool ${event[POOL_NAME]} has been checked out for ${time} ${limit}`
      : `${count} connections of pool ${event[POOL_NAME]} are checked out, the oldest for ${time} ${limit}`;
  },
  [EVENT_HEALTH_CHANGED](event) {
    const previous = event[HEALTH_PREVIOUS] === undefined ? '' : `, was ${event[HEALTH_PREVIOUS]}`;
    return `The health of ${pool(event)} is ${event[HEALTH_STATE]}${afterFailures(event)}${previous}${times(event)}`;
  },
  [EVENT_POOL_RESIZED](event) {
    const [from, to] = [Number(event[RESIZE_FROM]), Number(event[RESIZE_TO])];
    const [raise, raised] = to > from ? ['raise', 'raised'] : ['lower', 'lowered'];
    const change =
      event[RESIZE_APPLIED] === true
        ? `The limit of ${pool(event)} was ${raised}`
        : `Advice for ${pool(event)}: ${raise} the limit`;
    return `${change} from ${from} to ${to}: ${event[RESIZE_EXPLANATION]}${times(event)}`;
  },
};

function afterFailures(event: Attributes): string {
  const failures = Number(event[HEALTH_FAILURES]);
  const error = event[ERROR_TYPE] === undefined ? '' : ` (${event[ERROR_TYPE]})`;
  if (failures === 0) return error;
  return `${failures === 1 ? ' after a failure' : ` after ${failures} failures in a row`}${error}`;
}

/** Events that were counted together with too many others have no pool. */
const pool = (event: Attributes): string =>
  event[POOL_NAME] === undefined ? 'a pool' : `pool ${event[POOL_NAME]}`;

function subject(event: Attributes): string {
  switch (event[OPERATION_KIND]) {
    case 'connect':
      return `A connection to ${event[SERVER_ADDRESS] ?? 'the server'}`;
    case 'acquire':
      return `A request for a connection${event[POOL_NAME] === undefined ? '' : ` of pool ${event[POOL_NAME]}`}`;
    default:
      return `${event[DB_QUERY_SUMMARY] ?? 'A query'}`;
  }
}

function doing(event: Attributes): string {
  const kind = event[OPERATION_KIND];
  return kind === 'connect' ? 'opening' : kind === 'acquire' ? 'waiting' : 'running';
}

const times = (event: Attributes): string =>
  event[OPERATION_COUNT] === undefined ? '' : `, ${event[OPERATION_COUNT]} times`;

/** `0.25 s`, `5.0 s`, `80 s`; whole numbers, as most thresholds are, without decimals. */
function seconds(value: unknown): string {
  const number = Number(value);
  return `${Number.isInteger(number) ? number : number.toFixed(number < 1 ? 2 : number < 10 ? 1 : 0)} s`;
}
