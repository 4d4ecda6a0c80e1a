import { z } from 'zod';
import { type Breach, readMarks } from '../marks';
import { attributes, flags, hexadecimal, nanos, value } from './fields';
import { checked, nestedLists } from './request';

/** The result of reading a log record or data point: a breach, nothing, or the reason why it cannot become an alert. */
export type Item = Breach | 'nothing' | 'no_rule' | 'no_number';

/** Items that were rejected permanently. */
export interface Rejected {
  readonly count: number;
  readonly message: string;
}

export interface Signal {
  readonly name: 'logs' | 'metrics';
  /** The plural name of the items, for messages. */
  readonly items: string;
  /** Yields one item at a time, so that the reader can pause. @throws {Undecodable} */
  read(request: unknown): Iterable<Item>;
  /** The response to an accepted request, with the number of rejected items. */
  response(rejected: Rejected | undefined): object;
}

export const signals: Readonly<Record<string, Signal>> = {
  '/v1/logs': {
    name: 'logs',
    items: 'log records',
    read: readLogs,
    response: partialSuccess('rejectedLogRecords'),
  },
  '/v1/metrics': {
    name: 'metrics',
    items: 'data points',
    read: readMetrics,
    response: partialSuccess('rejectedDataPoints'),
  },
};

/** The body of a response. OTLP/JSON encodes 64-bit integers as strings. */
function partialSuccess(countField: string): Signal['response'] {
  return (rejected) =>
    rejected === undefined
      ? {}
      : { partialSuccess: { [countField]: String(rejected.count), errorMessage: rejected.message } };
}

/** The `sampled` flag of W3C trace context. */
const SAMPLED = 1;
const TRACE_ID = /^[0-9a-f]{32}$/;

const logRecords = nestedLists('resourceLogs', 'scopeLogs', 'logRecords');
const logRecord = z.object({
  attributes,
  timeUnixNano: nanos,
  observedTimeUnixNano: nanos,
  traceId: hexadecimal,
  flags,
});

function* readLogs(request: unknown): Generator<Item> {
  for (const found of logRecords(request)) {
    yield found === undefined ? 'nothing' : ofLogRecord(checked(logRecord, found));
  }
}

function ofLogRecord(record: z.output<typeof logRecord>): Item {
  const marks = readMarks(record.attributes);
  if (marks === undefined) return 'no_rule';
  // A trace that was not sampled cannot be looked up.
  const { traceId } = record;
  if ((record.flags & SAMPLED) !== 0 && TRACE_ID.test(traceId)) marks.annotations.set('trace_id', traceId);
  else marks.annotations.delete('trace_id');
  return { ...marks, timeUnixNano: record.timeUnixNano || record.observedTimeUnixNano };
}

const metrics = nestedLists('resourceMetrics', 'scopeMetrics', 'metrics');
const points = z.object({ dataPoints: z.array(z.unknown()).nullish() }).nullish();
const metric = z.object({
  gauge: points,
  sum: points,
  histogram: points,
  exponentialHistogram: points,
  summary: points,
});
const numberDataPoint = z.object({ attributes, timeUnixNano: nanos, flags, ...value });

const NO_RECORDED_VALUE = 1;

/** Reads data points of gauges and sums. Rejects histograms and summaries, which have no single value. */
function* readMetrics(request: unknown): Generator<Item> {
  for (const found of metrics(request)) {
    yield 'nothing';
    if (found === undefined) continue;
    const { gauge, sum, ...others } = checked(metric, found);
    for (const point of (gauge ?? sum)?.dataPoints ?? [])
      yield ofPoint(checked(numberDataPoint, point ?? {}));
    for (const other of Object.values(others)) {
      for (const _ of other?.dataPoints ?? []) yield 'no_number';
    }
  }
}

function ofPoint(point: z.output<typeof numberDataPoint>): Item {
  const marks = readMarks(point.attributes);
  if (marks === undefined) return 'no_rule';
  const number = point.asDouble ?? point.asInt ?? undefined;
  // A point without a value marks the end of a series.
  if ((point.flags & NO_RECORDED_VALUE) !== 0 || number === undefined) return 'nothing';
  marks.annotations.set('value', String(number));
  return { ...marks, timeUnixNano: point.timeUnixNano };
}
