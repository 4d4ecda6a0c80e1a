import {
  type Attributes,
  type AttributeValue,
  diag,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import type { tracing } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';

/** A span of the SDK. */
export type FullSpan = Span & tracing.ReadableSpan;

/** What a lean span needs of its tracer. */
export interface LeanSpanOwner extends Pick<tracing.ReadableSpan, 'resource' | 'instrumentationScope'> {
  /** Whether a value is a text, number or boolean that the limits leave as it is. */
  isPlain(value: unknown): boolean;
  /** Starts a span of the SDK with everything that a span has so far. */
  fullSpan(span: LeanSpan): FullSpan;
  ended(span: LeanSpan): void;
}

// Shared, as nothing is added to them: with its first event, link or status, a span becomes a full one.
const UNSET: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });
const NO_LINKS = Object.freeze([]) as unknown as Link[];
const NO_EVENTS = Object.freeze([]) as unknown as tracing.TimedEvent[];
const NOT_ENDED: HrTime = Object.freeze([0, 0]) as never;

/**
 * A span of which most have nothing but a name, times, and attributes that are texts, numbers or booleans. It is readable
 * like a span of the SDK. Any other call makes it a *full* span: from then on, a span of the SDK with the same ids takes
 * all calls and is exported, so that the rules for events, links, errors and limits are those of the SDK.
 */
export class LeanSpan implements FullSpan {
  readonly #owner: LeanSpanOwner;
  readonly #context: SpanContext;
  /** How many attributes may be added before the limit. A key that is set twice counts twice, and so makes a full span. */
  #attributesLeft: number;
  #full: FullSpan | undefined;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  attributes: Attributes;
  name: string;
  endTime = NOT_ENDED;
  ended = false;
  status = UNSET;
  links = NO_LINKS;
  events = NO_EVENTS;

  constructor(
    owner: LeanSpanOwner,
    { spanContext, parent, name, kind, attributes, attributesLeft, startTime }: LeanSpanStart,
  ) {
    this.#owner = owner;
    this.#context = spanContext;
    this.#attributesLeft = attributesLeft;
    this.kind = kind;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.startTime = startTime;
    this.attributes = attributes;
    this.name = name;
  }

  get resource(): tracing.ReadableSpan['resource'] {
    return this.#owner.resource;
  }

  get instrumentationScope(): tracing.ReadableSpan['instrumentationScope'] {
    return this.#owner.instrumentationScope;
  }

  get duration(): HrTime {
    if (!this.ended) return [-1, -1];
    return requireSdk('@opentelemetry/core').hrTimeDuration(this.startTime, this.endTime);
  }

  get droppedAttributesCount(): number {
    return this.#full?.droppedAttributesCount ?? 0;
  }

  get droppedEventsCount(): number {
    return this.#full?.droppedEventsCount ?? 0;
  }

  get droppedLinksCount(): number {
    return this.#full?.droppedLinksCount ?? 0;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.#isLean() || this.#attributesLeft === 0 || key === '' || !this.#owner.isPlain(value)) {
      return this.#change((span) => span.setAttribute(key, value));
    }
    this.attributes[key] = value;
    this.#attributesLeft -= 1;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    return this.#change((span) => span.setAttributes(attributes));
  }

  addEvent(...event: Parameters<Span['addEvent']>): this {
    return this.#change((span) => span.addEvent(...event));
  }

  addLink(link: Link): this {
    return this.#change((span) => span.addLink(link));
  }

  addLinks(links: Link[]): this {
    return this.#change((span) => span.addLinks(links));
  }

  setStatus(status: SpanStatus): this {
    return this.#change((span) => span.setStatus(status));
  }

  updateName(name: string): this {
    return this.#change((span) => span.updateName(name));
  }

  recordException(...exception: Parameters<Span['recordException']>): void {
    this.#change((span) => span.recordException(...exception));
  }

  end(time?: TimeInput): void {
    if (!this.#isLean() || !isHrTime(time) || isBefore(time, this.startTime)) {
      this.#change((span) => span.end(time));
      return;
    }
    this.endTime = time;
    this.ended = true;
    this.#owner.ended(this);
  }

  #isLean(): boolean {
    return this.#full === undefined && !this.ended;
  }

  #change(change: (span: FullSpan) => void): this {
    if (this.ended) {
      const { traceId, spanId } = this.#context;
      diag.warn(`The span has ended and cannot be changed: trace ${traceId}, span ${spanId}`);
      return this;
    }
    this.#full ??= this.#owner.fullSpan(this);
    change(this.#full);
    const { name, attributes, status, links, events, endTime, ended } = this.#full;
    Object.assign(this, { name, attributes, status, links, events, endTime, ended });
    return this;
  }
}

/** What a span starts with. */
export interface LeanSpanStart {
  readonly spanContext: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly attributesLeft: number;
  readonly startTime: HrTime;
}

/** Times of other types are converted by the SDK. */
export const isHrTime = (time: TimeInput | undefined): time is HrTime =>
  Array.isArray(time) && time.length === 2 && typeof time[0] === 'number' && typeof time[1] === 'number';

const isBefore = (one: HrTime, other: HrTime): boolean =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
