import { z } from 'zod';
import { Refusal } from './http/refusal';
import { type Breach, readMarks } from './marks';

/** OTLP/JSON as the bridge reads it: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/** The reasons why a log record or data point cannot become an alert. */
export const UNUSABLE = {
  no_rule: 'the attribute pg_otel.alert.rule is missing',
  no_number: 'the metric is neither a gauge nor a sum',
};
export type Unusable = keyof typeof UNUSABLE;
export type Item = Breach | 'nothing' | Unusable;

/** 64-bit integers are strings; some senders write numbers. */
const integer = z.union([z.string().regex(/^-?\d{1,20}$/), z.number().refine(Number.isInteger)]);
const unsigned = z.union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative().refine(Number.isInteger)]);
/** OTLP/JSON writes NaN and infinity as strings. */
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
const count = unsigned.nullish().transform((written) => BigInt(written ?? 0));

/** Converts an attribute value to a string: empty if it is not set, undefined for lists, maps and bytes. */
const anyValue = z
  .object({
    stringValue: z.string().nullish(),
    boolValue: z.boolean().nullish(),
    intValue: integer.nullish(),
    doubleValue: double.nullish(),
    arrayValue: z.unknown().optional(),
    kvlistValue: z.unknown().optional(),
    bytesValue: z.unknown().optional(),
  })
  .nullish()
  .transform((any) => {
    const scalar = any?.stringValue ?? any?.boolValue ?? any?.intValue ?? any?.doubleValue ?? undefined;
    // A truncated text may end with half of a surrogate pair, which other programs reject.
    if (scalar !== undefined) return String(scalar).replace(/\p{Surrogate}/gu, '\ufffd');
    const other = any?.arrayValue ?? any?.kvlistValue ?? any?.bytesValue ?? undefined;
    return other === undefined ? '' : undefined;
  });

/** SDKs of OpenTelemetry keep 128 attributes of a record. The limit also bounds the mistakes that zod collects. */
const MAX_ATTRIBUTES = 1000;

export const attributes = z
  .array(z.unknown())
  .max(MAX_ATTRIBUTES, `has more than ${MAX_ATTRIBUTES} elements`)
  .pipe(z.array(z.object({ key: z.string().default(''), value: anyValue })))
  .nullish()
  .transform((read) => read ?? []);

/** The `sampled` flag of W3C trace context. */
const SAMPLED = 1n;
const traceId = z.string().nullish();
const logRecord = z
  .object({ attributes, timeUnixNano: count, observedTimeUnixNano: count, traceId, flags: count })
  .transform((record): Item => {
    const marks = readMarks(record.attributes);
    if (marks === undefined) return 'no_rule';
    const id = record.traceId?.toLowerCase() ?? '';
    // A trace that was not sampled cannot be looked up.
    if ((record.flags & SAMPLED) !== 0n && /^[0-9a-f]{32}$/.test(id)) marks.annotations.set('trace_id', id);
    else marks.annotations.delete('trace_id');
    return { ...marks, timeUnixNano: record.timeUnixNano || record.observedTimeUnixNano };
  });

const NO_RECORDED_VALUE = 1n;
const number = { asDouble: double.nullish(), asInt: integer.nullish() };
const numberDataPoint = z
  .object({ attributes, timeUnixNano: count, flags: count, ...number })
  .transform(({ asDouble, asInt, ...point }): Item => {
    const marks = readMarks(point.attributes);
    if (marks === undefined) return 'no_rule';
    const value = asDouble ?? asInt ?? undefined;
    // A point without a value marks the end of a series.
    if ((point.flags & NO_RECORDED_VALUE) !== 0n || value === undefined) return 'nothing';
    marks.annotations.set('value', String(value));
    return { ...marks, timeUnixNano: point.timeUnixNano };
  });

const listIn = (field: string) =>
  z.object({ [field]: z.array(z.unknown()).nullish() }).transform((read) => read[field] ?? []);
const points = listIn('dataPoints')
  .nullish()
  .transform((read) => read ?? []);
/** Stands for a data point of a histogram or summary, which has no single value. */
const NO_NUMBER = Symbol('no number');
const dataPoints = z
  .object({ gauge: points, sum: points, histogram: points, exponentialHistogram: points, summary: points })
  .transform(({ gauge, sum, ...others }) => {
    const withoutNumber = Object.values(others).flat();
    return [...gauge, ...sum, ...withoutNumber.map(() => NO_NUMBER)];
  });

export const signals = [
  {
    name: 'logs',
    /** The plural name of the items, for messages. */
    items: 'log records',
    /** The lists that lead to the items, the outermost first. */
    lists: [listIn('resourceLogs'), listIn('scopeLogs'), listIn('logRecords')],
    item: logRecord,
    /** The field with the number of rejected items in `partialSuccess` of the response. */
    rejectedField: 'rejectedLogRecords',
  },
  {
    name: 'metrics',
    items: 'data points',
    lists: [listIn('resourceMetrics'), listIn('scopeMetrics'), listIn('metrics'), dataPoints],
    item: numberDataPoint,
    rejectedField: 'rejectedDataPoints',
  },
] as const;
export type Signal = (typeof signals)[number];

/**
 * Yields one item at a time, so that the reader can pause, and `nothing` for each element of the outer lists.
 *
 * @throws {Refusal} 400 if the body is not OTLP/JSON
 */
export function* itemsOf({ lists, item }: Signal, body: Buffer): Generator<Item> {
  function* read(element: unknown, depth: number): Generator<Item> {
    const schema = lists[depth];
    if (element === NO_NUMBER) yield 'no_number';
    else if (schema === undefined) yield checked(item, element ?? {});
    else {
      if (depth > 0) yield 'nothing';
      for (const inner of checked(schema, element)) yield* read(inner, depth + 1);
    }
  }
  yield* read(parsed(body), 0);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path = [], message = '' } = result.error.issues[0] ?? {};
  // The path contains only names from the schema, no data from the sender.
  throw new Refusal(400, `the body is not OTLP/JSON: ${[...path, message].join(' ')}`);
}
