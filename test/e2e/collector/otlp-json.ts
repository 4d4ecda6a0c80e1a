/** OTLP as JSON, as little of it as these tests send and read. */

type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface OtlpKeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
    readonly arrayValue?: { readonly values: readonly { readonly stringValue: string }[] };
  };
}

export function attributesOf(list: readonly OtlpKeyValue[] = []): Attributes {
  return Object.fromEntries(
    list.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.doubleValue ??
        value.boolValue ??
        (value.intValue === undefined ? JSON.stringify(value) : Number(value.intValue)),
    ]),
  );
}

/** As OpenTelemetry's JavaScript SDK sends them: a number that is whole travels as int. */
export function keyValues(attributes: Attributes): OtlpKeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): OtlpKeyValue['value'] {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'object') {
    return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
  }
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

export interface LogEvent {
  readonly eventName: string;
  readonly attributes?: Attributes;
  readonly body?: string;
  /** Unsampled by default. */
  readonly sampled?: boolean;
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

export function logRequest(resource: Attributes, events: readonly LogEvent[]): object {
  const logRecords = events.map(({ eventName, attributes = {}, body, sampled = false }) => ({
    ...{ eventName, timeUnixNano: now(), severityNumber: 13, attributes: keyValues(attributes) },
    ...(body === undefined ? {} : { body: { stringValue: body } }),
    ...{ traceId: TRACE_ID, spanId: 'b7ad6b7169203331', flags: sampled ? 1 : 0 },
  }));
  const scope = { name: '@pg-otel/instrumentation', attributes: keyValues({ 'scope.attribute': 'x' }) };
  return {
    resourceLogs: [{ resource: { attributes: keyValues(resource) }, scopeLogs: [{ scope, logRecords }] }],
  };
}

export interface GaugePoint {
  readonly name: string;
  readonly value: number;
  readonly attributes?: Attributes;
  /** Sent as an integer, if it is one. */
  readonly asInt?: boolean;
}

export function gaugeRequest(resource: Attributes, points: readonly GaugePoint[]): object {
  const metrics = points.map(({ name, value, attributes = {}, asInt = false }) => ({
    name,
    unit: '1',
    gauge: {
      dataPoints: [
        {
          ...{ attributes: keyValues(attributes), timeUnixNano: now() },
          ...(asInt ? { asInt: value } : { asDouble: value }),
        },
      ],
    },
  }));
  return {
    resourceMetrics: [{ resource: { attributes: keyValues(resource) }, scopeMetrics: [{ metrics }] }],
  };
}

function now(): string {
  return `${BigInt(Date.now()) * 1_000_000n}`;
}
