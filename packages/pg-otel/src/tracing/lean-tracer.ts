import {
  type Attributes,
  type Context,
  context as contextApi,
  isSpanContextValid,
  SamplingDecision,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import { requireSdk, tracePackage } from '../sdk/require-sdk';
import { FullSpans, type TracerParts, type TracerScope } from './full-spans';
import { type FullSpan, isHrTime, LeanSpan, type LeanSpanOwner } from './lean-span';
import { randomSpanId } from './random-ids';

/** The default of `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`. */
const ATTRIBUTE_COUNT = 128;

/**
 * A tracer that makes lean spans, and leaves every span to the SDK's tracer that is not plain from the start: without a
 * start time, with links, as a root, or with attributes that are neither texts nor numbers nor booleans.
 */
export class LeanTracer implements Tracer, LeanSpanOwner {
  readonly #standard: Tracer;
  readonly #parts: TracerParts;
  readonly #fullSpans: FullSpans;
  readonly #ids: tracing.IdGenerator;
  readonly #isTracingSuppressed: (context: Context) => boolean;
  readonly #attributeCount: number;
  readonly #textLength: number;
  /** The ids of the last valid parent, at first any valid ones. The next span has the same parent in most cases. */
  #validTraceId = 'f'.repeat(32);
  #validSpanId = 'f'.repeat(16);
  readonly resource: tracing.ReadableSpan['resource'];
  readonly instrumentationScope: tracing.ReadableSpan['instrumentationScope'];
  readonly startActiveSpan: Tracer['startActiveSpan'];

  /** @param standard the tracer of the SDK with the same scope and parts */
  constructor(standard: Tracer, scope: TracerScope, parts: TracerParts) {
    const [name, version, { schemaUrl } = {}] = scope;
    const { attributeCountLimit, attributeValueLengthLimit } = parts.spanLimits;
    this.#standard = standard;
    this.#parts = parts;
    this.#fullSpans = new FullSpans(scope, parts);
    this.#ids = new (tracePackage().RandomIdGenerator)();
    this.#isTracingSuppressed = requireSdk('@opentelemetry/core').isTracingSuppressed;
    this.#attributeCount = attributeCountLimit ?? ATTRIBUTE_COUNT;
    this.#textLength = attributeValueLengthLimit ?? Number.POSITIVE_INFINITY;
    this.resource = parts.resource;
    this.instrumentationScope = { name, version, schemaUrl } as tracing.ReadableSpan['instrumentationScope'];
    this.startActiveSpan = standard.startActiveSpan.bind(standard);
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contextApi.active()): Span {
    const { startTime, links, root, kind = SpanKind.INTERNAL } = options;
    const attributesLeft = this.#attributesLeft(options.attributes);
    if (attributesLeft < 0 || !isHrTime(startTime) || links || root || this.#isTracingSuppressed(context)) {
      return this.#standard.startSpan(name, options, context);
    }
    // Not a spread: V8 of Node 20 takes a microsecond for each attribute that is added to such a copy later.
    const attributes: Attributes = Object.assign({}, options.attributes);
    const found = trace.getSpanContext(context);
    const parent = found !== undefined && this.#isValid(found) ? found : undefined;
    const spanId = randomSpanId();
    const traceId = parent?.traceId ?? this.#ids.generateTraceId();
    // The samplers of the environment add no attributes and no trace state.
    const { sampler } = this.#parts;
    const { decision } = sampler.shouldSample(context, traceId, name, kind, attributes, []);
    const traceFlags =
      decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const spanContext = { traceId, spanId, traceFlags, traceState: parent?.traceState } as SpanContext;
    if (decision === SamplingDecision.NOT_RECORD) return trace.wrapSpanContext(spanContext);
    return new LeanSpan(this, { spanContext, parent, name, kind, attributes, attributesLeft, startTime });
  }

  isPlain(value: unknown): boolean {
    if (typeof value === 'string') return value.length <= this.#textLength;
    return typeof value === 'number' || typeof value === 'boolean';
  }

  fullSpan(span: LeanSpan): FullSpan {
    return this.#fullSpans.start(span);
  }

  ended(span: LeanSpan): void {
    for (const processor of this.#parts.spanProcessors) processor.onEnd(span);
  }

  /** Both ids are checked digit by digit, which takes longer than to compare them with those before. */
  #isValid(parent: SpanContext): boolean {
    const { traceId, spanId } = parent;
    if (traceId === this.#validTraceId && spanId === this.#validSpanId) return true;
    if (!isSpanContextValid(parent)) return false;
    this.#validTraceId = traceId;
    this.#validSpanId = spanId;
    return true;
  }

  /** How many attributes the limit allows in addition to these; a negative number if a span of the SDK is needed. */
  #attributesLeft(attributes: Attributes | undefined): number {
    let left = this.#attributeCount;
    // Not `Object.keys`: V8 reads the values of such a loop without a look-up.
    for (const key in attributes) {
      if (key === '' || !this.isPlain(attributes[key])) return -1;
      left -= 1;
    }
    return left;
  }
}
