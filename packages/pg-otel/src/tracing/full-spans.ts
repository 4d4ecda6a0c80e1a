import {
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SamplingDecision,
  type SpanContext,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import { tracePackage } from '../sdk/require-sdk';
import type { FullSpan, LeanSpan } from './lean-span';

/** What a tracer provider makes spans with. */
export interface TracerParts
  extends Required<Pick<tracing.TracerConfig, 'resource' | 'sampler' | 'spanProcessors'>> {
  /** The limits that are set; the SDK has defaults for the others. */
  readonly spanLimits: tracing.SpanLimits;
}

/** The scope of a tracer: name, version and schema URL. */
export type TracerScope = Parameters<tracing.BasicTracerProvider['getTracer']>;

/** Starts spans of the SDK with ids and a sampling decision that exist already. */
export class FullSpans {
  readonly #scope: TracerScope;
  readonly #parts: TracerParts;
  #tracer: Tracer | undefined;
  /** Of the span that starts now. */
  #context: SpanContext = INVALID_SPAN_CONTEXT;

  constructor(scope: TracerScope, parts: TracerParts) {
    this.#scope = scope;
    this.#parts = parts;
  }

  start(span: LeanSpan): FullSpan {
    const { name, kind, attributes, startTime, parentSpanContext } = span;
    const parent = parentSpanContext && trace.setSpanContext(ROOT_CONTEXT, parentSpanContext);
    this.#tracer ??= this.#createTracer();
    this.#context = span.spanContext();
    return this.#tracer.startSpan(name, { kind, attributes, startTime }, parent ?? ROOT_CONTEXT) as FullSpan;
  }

  #createTracer(): Tracer {
    const { TracerProvider } = tracePackage();
    const provider = new TracerProvider({
      ...this.#parts,
      idGenerator: {
        generateTraceId: () => this.#context.traceId,
        generateSpanId: () => this.#context.spanId,
      },
      sampler: { shouldSample: () => decisionOf(this.#context) },
    });
    return provider.getTracer(...this.#scope);
  }
}

function decisionOf({ traceFlags }: SpanContext): tracing.SamplingResult {
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD };
}
