/** OTLP/JSON requests, flattened to one record for each span, metric and log. */

export type AttributeValue =
  | string
  | number
  | boolean
  | AttributeValue[]
  | { [key: string]: AttributeValue }
  | null;
export type Attributes = Readonly<Record<string, AttributeValue>>;

interface Scope {
  readonly name: string;
  readonly version: string;
}

export interface CapturedSpan {
  readonly name: string;
  readonly kind: 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the root of a trace. */
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly time: bigint;
    readonly attributes: Attributes;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
  readonly status: { readonly code: 'UNSET' | 'OK' | 'ERROR'; readonly message: string };
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly resource: Attributes;
  readonly scope: Scope;
}

export interface CapturedPoint {
  readonly attributes: Attributes;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly start: bigint;
  /** The value of a sum or a gauge. */
  readonly value: number | undefined;
  /** The count of a histogram. */
  readonly count: number | undefined;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
}

export interface CapturedMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram';
  readonly temporality: 'UNSPECIFIED' | 'DELTA' | 'CUMULATIVE';
  readonly isMonotonic: boolean;
  readonly points: readonly CapturedPoint[];
  readonly resource: Attributes;
  readonly scope: Scope;
}

export interface CapturedLog {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly attributes: Attributes;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** When its request arrived: milliseconds since 1970. */
  readonly receivedAt: number;
  readonly resource: Attributes;
  readonly scope: Scope;
}

interface Wire {
  readonly [property: string]: Wire & Wire[] & string & number & boolean;
}

export function readSpans(request: unknown): CapturedSpan[] {
  return flatten(request, ['resourceSpans', 'scopeSpans', 'spans'], (span, resource, scope) => ({
    name: span['name'] ?? '',
    kind: kinds[span['kind'] ?? 0] ?? 'UNSPECIFIED',
    traceId: span['traceId'] ?? '',
    spanId: span['spanId'] ?? '',
    parentSpanId: span['parentSpanId'] || undefined,
    attributes: attributes(span['attributes']),
    events: list(span['events']).map((event) => ({
      name: event['name'] ?? '',
      time: nanoseconds(event['timeUnixNano']),
      attributes: attributes(event['attributes']),
    })),
    links: list(span['links']).map((link) => ({
      traceId: link['traceId'] ?? '',
      spanId: link['spanId'] ?? '',
      attributes: attributes(link['attributes']),
    })),
    status: {
      code: statuses[span['status']?.['code'] ?? 0] ?? 'UNSET',
      message: span['status']?.['message'] ?? '',
    },
    start: nanoseconds(span['startTimeUnixNano']),
    end: nanoseconds(span['endTimeUnixNano']),
    resource,
    scope,
  }));
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const statuses = ['UNSET', 'OK', 'ERROR'] as const;
const temporalities = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] as const;
const types = ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const;

export function readMetrics(request: unknown): CapturedMetric[] {
  return flatten(request, ['resourceMetrics', 'scopeMetrics', 'metrics'], (metric, resource, scope) => {
    const type = types.find((name) => metric[name] !== undefined) ?? 'gauge';
    const data = metric[type];
    return {
      name: metric['name'] ?? '',
      description: metric['description'] ?? '',
      unit: metric['unit'] ?? '',
      type,
      temporality: temporalities[data?.['aggregationTemporality'] ?? 0] ?? 'UNSPECIFIED',
      isMonotonic: data?.['isMonotonic'] ?? false,
      points: list(data?.['dataPoints']).map(point),
      resource,
      scope,
    };
  });
}

function point(wire: Wire): CapturedPoint {
  return {
    attributes: attributes(wire['attributes']),
    time: nanoseconds(wire['timeUnixNano']),
    start: nanoseconds(wire['startTimeUnixNano']),
    value: number(wire['asDouble'] ?? wire['asInt']),
    count: number(wire['count']),
    sum: number(wire['sum']),
    min: number(wire['min']),
    max: number(wire['max']),
    bounds: list(wire['explicitBounds']).map(Number),
    buckets: list(wire['bucketCounts']).map(Number),
  };
}

export function readLogs(request: unknown, receivedAt: number): CapturedLog[] {
  return flatten(request, ['resourceLogs', 'scopeLogs', 'logRecords'], (log, resource, scope) => ({
    eventName: log['eventName'] ?? '',
    severityNumber: log['severityNumber'] ?? 0,
    severityText: log['severityText'] ?? '',
    body: anyValue(log['body']),
    attributes: attributes(log['attributes']),
    traceId: log['traceId'] || undefined,
    spanId: log['spanId'] || undefined,
    time: nanoseconds(log['timeUnixNano']),
    receivedAt,
    resource,
    scope,
  }));
}

function flatten<T>(
  request: unknown,
  [resources, scopes, records]: readonly [string, string, string],
  read: (record: Wire, resource: Attributes, scope: Scope) => T,
): T[] {
  return list((request as Wire)[resources]).flatMap((group) => {
    const resource = attributes(group['resource']?.['attributes']);
    return list(group[scopes]).flatMap((scoped) => {
      const scope = { name: scoped['scope']?.['name'] ?? '', version: scoped['scope']?.['version'] ?? '' };
      return list(scoped[records]).map((record) => read(record, resource, scope));
    });
  });
}

/** Senders may omit lists and zero values. */
function list(value: Wire[] | undefined): Wire[] {
  return value ?? [];
}

function number(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function nanoseconds(value: string | number | undefined): bigint {
  return BigInt(value ?? 0);
}

function attributes(pairs: Wire[] | undefined): Attributes {
  return Object.fromEntries(list(pairs).map((pair) => [pair['key'] ?? '', anyValue(pair['value'])]));
}

function anyValue(value: Wire | undefined): AttributeValue {
  if (value === undefined) return null;
  if (value['arrayValue'] !== undefined) return list(value['arrayValue']['values']).map(anyValue);
  if (value['kvlistValue'] !== undefined) return attributes(value['kvlistValue']['values']) as AttributeValue;
  if (value['intValue'] !== undefined) return Number(value['intValue']);
  return value['stringValue'] ?? value['boolValue'] ?? value['doubleValue'] ?? value['bytesValue'] ?? null;
}
