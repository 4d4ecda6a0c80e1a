/**
 * Decodes OTLP/protobuf requests to the shape of OTLP/JSON, as far as the capture reads it.
 * Field numbers: opentelemetry-proto, `opentelemetry/proto/{common,resource,trace,metrics,logs}/v1`.
 */
type Kind =
  | 'string'
  | 'hex' // bytes, hexadecimal as in OTLP/JSON's ids
  | 'bool'
  | 'int' // a varint that fits a number
  | 'integer' // a 64-bit varint, decimal as in JSON
  | 'unsigned64' // fixed64, decimal as in JSON
  | 'signed64'
  | 'unsigned32' // fixed32
  | 'double'
  | MessageName;
type Field = readonly [name: string, kind: Kind] | readonly [name: string, kind: Kind, 'repeated'];
type Message = Readonly<Record<number, Field>>;

const scoped = (resourceScope: string, records: string, record: string) =>
  ({
    resource: {
      1: ['resource', 'Resource'],
      2: [resourceScope, resourceScope, 'repeated'],
      3: ['schemaUrl', 'string'],
    },
    scope: { 1: ['scope', 'Scope'], 2: [records, record, 'repeated'], 3: ['schemaUrl', 'string'] },
  }) as const;

const trace = scoped('scopeSpans', 'spans', 'Span');
const metrics = scoped('scopeMetrics', 'metrics', 'Metric');
const logs = scoped('scopeLogs', 'logRecords', 'LogRecord');

const messages = {
  TraceRequest: { 1: ['resourceSpans', 'resourceSpans', 'repeated'] },
  MetricsRequest: { 1: ['resourceMetrics', 'resourceMetrics', 'repeated'] },
  LogsRequest: { 1: ['resourceLogs', 'resourceLogs', 'repeated'] },
  resourceSpans: trace.resource,
  scopeSpans: trace.scope,
  resourceMetrics: metrics.resource,
  scopeMetrics: metrics.scope,
  resourceLogs: logs.resource,
  scopeLogs: logs.scope,
  Resource: { 1: ['attributes', 'KeyValue', 'repeated'] },
  Scope: { 1: ['name', 'string'], 2: ['version', 'string'] },
  KeyValue: { 1: ['key', 'string'], 2: ['value', 'AnyValue'] },
  AnyValue: {
    1: ['stringValue', 'string'],
    2: ['boolValue', 'bool'],
    3: ['intValue', 'integer'],
    4: ['doubleValue', 'double'],
    5: ['arrayValue', 'ArrayValue'],
    6: ['kvlistValue', 'KeyValueList'],
    7: ['bytesValue', 'hex'],
  },
  ArrayValue: { 1: ['values', 'AnyValue', 'repeated'] },
  KeyValueList: { 1: ['values', 'KeyValue', 'repeated'] },
  Span: {
    1: ['traceId', 'hex'],
    2: ['spanId', 'hex'],
    3: ['traceState', 'string'],
    4: ['parentSpanId', 'hex'],
    5: ['name', 'string'],
    6: ['kind', 'int'],
    7: ['startTimeUnixNano', 'unsigned64'],
    8: ['endTimeUnixNano', 'unsigned64'],
    9: ['attributes', 'KeyValue', 'repeated'],
    10: ['droppedAttributesCount', 'int'],
    11: ['events', 'SpanEvent', 'repeated'],
    12: ['droppedEventsCount', 'int'],
    13: ['links', 'SpanLink', 'repeated'],
    14: ['droppedLinksCount', 'int'],
    15: ['status', 'Status'],
    16: ['flags', 'unsigned32'],
  },
  SpanEvent: {
    1: ['timeUnixNano', 'unsigned64'],
    2: ['name', 'string'],
    3: ['attributes', 'KeyValue', 'repeated'],
    4: ['droppedAttributesCount', 'int'],
  },
  SpanLink: {
    1: ['traceId', 'hex'],
    2: ['spanId', 'hex'],
    3: ['traceState', 'string'],
    4: ['attributes', 'KeyValue', 'repeated'],
    5: ['droppedAttributesCount', 'int'],
    6: ['flags', 'unsigned32'],
  },
  Status: { 2: ['message', 'string'], 3: ['code', 'int'] },
  Metric: {
    1: ['name', 'string'],
    2: ['description', 'string'],
    3: ['unit', 'string'],
    5: ['gauge', 'Gauge'],
    7: ['sum', 'Sum'],
    9: ['histogram', 'Histogram'],
    10: ['exponentialHistogram', 'ExponentialHistogram'],
  },
  Gauge: { 1: ['dataPoints', 'NumberPoint', 'repeated'] },
  Sum: {
    1: ['dataPoints', 'NumberPoint', 'repeated'],
    2: ['aggregationTemporality', 'int'],
    3: ['isMonotonic', 'bool'],
  },
  Histogram: { 1: ['dataPoints', 'HistogramPoint', 'repeated'], 2: ['aggregationTemporality', 'int'] },
  ExponentialHistogram: {
    1: ['dataPoints', 'ExponentialHistogramPoint', 'repeated'],
    2: ['aggregationTemporality', 'int'],
  },
  NumberPoint: {
    2: ['startTimeUnixNano', 'unsigned64'],
    3: ['timeUnixNano', 'unsigned64'],
    4: ['asDouble', 'double'],
    6: ['asInt', 'signed64'],
    7: ['attributes', 'KeyValue', 'repeated'],
  },
  HistogramPoint: {
    2: ['startTimeUnixNano', 'unsigned64'],
    3: ['timeUnixNano', 'unsigned64'],
    4: ['count', 'unsigned64'],
    5: ['sum', 'double'],
    6: ['bucketCounts', 'unsigned64', 'repeated'],
    7: ['explicitBounds', 'double', 'repeated'],
    9: ['attributes', 'KeyValue', 'repeated'],
    11: ['min', 'double'],
    12: ['max', 'double'],
  },
  ExponentialHistogramPoint: {
    1: ['attributes', 'KeyValue', 'repeated'],
    2: ['startTimeUnixNano', 'unsigned64'],
    3: ['timeUnixNano', 'unsigned64'],
    4: ['count', 'unsigned64'],
    5: ['sum', 'double'],
    12: ['min', 'double'],
    13: ['max', 'double'],
  },
  LogRecord: {
    1: ['timeUnixNano', 'unsigned64'],
    2: ['severityNumber', 'int'],
    3: ['severityText', 'string'],
    5: ['body', 'AnyValue'],
    6: ['attributes', 'KeyValue', 'repeated'],
    9: ['traceId', 'hex'],
    10: ['spanId', 'hex'],
    11: ['observedTimeUnixNano', 'unsigned64'],
    12: ['eventName', 'string'],
  },
} as const satisfies Record<
  string,
  Readonly<Record<number, readonly [string, string] | readonly [string, string, 'repeated']>>
>;
type MessageName = keyof typeof messages;

const requests = { traces: 'TraceRequest', metrics: 'MetricsRequest', logs: 'LogsRequest' } as const;

/** The request in the shape of OTLP/JSON. */
export function decodeProtobuf(signal: keyof typeof requests, bytes: Buffer): unknown {
  return decodeMessage(requests[signal], bytes);
}

function decodeMessage(name: MessageName, bytes: Buffer): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  const reader = new Reader(bytes);
  while (reader.hasMore) {
    const { number, wire } = reader.tag();
    const field = (messages[name] as Message)[number];
    if (field === undefined) {
      reader.skip(wire);
      continue;
    }
    const [property, kind, repeated] = field;
    const values = valuesOf(reader, kind, wire);
    if (repeated) {
      const list = (message[property] as unknown[] | undefined) ?? [];
      list.push(...values);
      message[property] = list;
    } else {
      message[property] = values[0];
    }
  }
  return message;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

function valuesOf(reader: Reader, kind: Kind, wire: number): unknown[] {
  if (wire !== DELIMITED) return [scalar(reader, kind)];
  const bytes = reader.delimited();
  if (kind === 'string') return [bytes.toString('utf8')];
  if (kind === 'hex') return [bytes.toString('hex')];
  if (kind in messages) return [decodeMessage(kind as MessageName, bytes)];
  const packed = new Reader(bytes);
  const values: unknown[] = [];
  while (packed.hasMore) values.push(scalar(packed, kind));
  return values;
}

function scalar(reader: Reader, kind: Kind): unknown {
  switch (kind) {
    case 'bool':
      return reader.varint() !== 0n;
    case 'int':
      return Number(reader.varint());
    case 'integer':
      return BigInt.asIntN(64, reader.varint()).toString();
    case 'unsigned64':
      return reader.fixed64().readBigUInt64LE().toString();
    case 'signed64':
      return reader.fixed64().readBigInt64LE().toString();
    case 'unsigned32':
      return reader.fixed32().readUInt32LE();
    case 'double':
      return reader.fixed64().readDoubleLE();
    default:
      throw new Error(`Malformed OTLP: ${kind} is not a number`);
  }
}

class Reader {
  #at = 0;
  constructor(readonly bytes: Buffer) {}

  get hasMore(): boolean {
    return this.#at < this.bytes.length;
  }

  tag(): { number: number; wire: number } {
    const tag = Number(this.varint());
    return { number: tag >>> 3, wire: tag & 7 };
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.#at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  fixed64(): Buffer {
    return this.#take(8);
  }

  fixed32(): Buffer {
    return this.#take(4);
  }

  delimited(): Buffer {
    return this.#take(Number(this.varint()));
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.#take(8);
    else if (wire === DELIMITED) this.delimited();
    else if (wire === FIXED32) this.fixed32();
    else throw new Error(`Malformed OTLP: wire type ${wire}`);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.bytes.length) throw new Error('Malformed OTLP: cut short');
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }
}
