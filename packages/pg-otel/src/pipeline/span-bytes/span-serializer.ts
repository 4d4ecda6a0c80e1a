import type { tracing } from '@opentelemetry/sdk-node';
import { type OtlpSerializer, serializing } from '../../sdk/internals';
import { otlpProtocol } from '../otlp-exporter';
import { ByteWriter } from './byte-writer';
import { protobufFields } from './protobuf-fields';
import { SpanTemplate } from './span-template';

/** Bytes of all templates. Above it, all are forgotten and made again. */
const TEMPLATE_BYTES = 4 * 1024 * 1024;
/** Templates of one statement, or of one name for spans without a statement. */
const TEMPLATES_PER_TEXT = 16;
/** A larger template is not kept, because copying it would take most of the time. */
const LARGEST_TEMPLATE = 64 * 1024;
/** Characters of the texts that were seen once. A template is made when a text is seen again. */
const SEEN_CHARACTERS = 1_000_000;

const STATEMENT = 'db.query.text';

/** Fields of a request, as key with wire type: `resource_spans`, its `scope_spans`, and their `spans`. */
const KEY = { resourceSpans: 0x0a, scopeSpans: 0x12 };
const FIELD = { scopeSpans: 2, span: 2 };

/** What encloses spans of one resource and scope, encoded, without the spans. */
interface Frame {
  readonly resource: Uint8Array;
  readonly scope: Uint8Array;
  /** By statement or name. */
  readonly templates: Map<string, SpanTemplate[]>;
}

type Matched = [tracing.ReadableSpan, SpanTemplate][];

/**
 * Encodes spans as OTLP/protobuf. Name, kind and the attributes that many spans share are encoded once and copied; each
 * span adds its ids, times and measurements. A span with events, links or an error, and one that is not similar to
 * earlier spans, is encoded by the standard serializer. Protobuf allows to concatenate the two results.
 */
class SpanSerializer implements OtlpSerializer<tracing.ReadableSpan[]> {
  readonly #standard: OtlpSerializer<tracing.ReadableSpan[]>;
  #frames = new WeakMap<object, WeakMap<object, Frame>>();
  readonly #seen = new Set<string>();
  #seenCharacters = 0;
  #templateBytes = 0;
  /** The size of the largest request so far. */
  #expectedBytes = 16 * 1024;

  constructor(standard: OtlpSerializer<tracing.ReadableSpan[]>) {
    this.#standard = standard;
  }

  serializeRequest(spans: tracing.ReadableSpan[]): Uint8Array | undefined {
    try {
      return this.#encode(spans);
    } catch {
      // An error here must not lose spans that the standard serializer can encode.
      return this.#standard.serializeRequest(spans);
    }
  }

  deserializeResponse(data: Uint8Array): unknown {
    return this.#standard.deserializeResponse(data);
  }

  #encode(spans: tracing.ReadableSpan[]): Uint8Array | undefined {
    const matched = new Map<Frame, Matched>();
    const others: tracing.ReadableSpan[] = [];
    for (const span of spans) {
      const found = isPlain(span) ? this.#find(span) : undefined;
      if (found === undefined) {
        others.push(span);
        continue;
      }
      const [frame, template] = found;
      const ofFrame = matched.get(frame);
      if (ofFrame === undefined) matched.set(frame, [[span, template]]);
      else ofFrame.push([span, template]);
    }
    if (matched.size === 0) return this.#standard.serializeRequest(spans);
    const writer = new ByteWriter(this.#expectedBytes);
    for (const [frame, ofFrame] of matched) others.push(...writeFrame(writer, frame, ofFrame));
    const written = writer.written();
    this.#expectedBytes = Math.max(this.#expectedBytes, written.length);
    if (others.length === 0) return written;
    const rest = this.#standard.serializeRequest(others);
    return rest && Buffer.concat([written, rest]);
  }

  #find(span: tracing.ReadableSpan): [Frame, SpanTemplate] | undefined {
    const statement = span.attributes[STATEMENT];
    const text = typeof statement === 'string' ? statement : span.name;
    const frame = this.#frames.get(span.resource)?.get(span.instrumentationScope);
    const templates = frame?.templates.get(text);
    const template = templates?.find((one) => one.matches(span));
    if (frame !== undefined && template !== undefined) return [frame, template];
    if (!this.#seen.has(text)) this.#see(text);
    else if (templates === undefined || templates.length < TEMPLATES_PER_TEXT) this.#learn(span, text);
    return undefined;
  }

  #see(text: string): void {
    this.#seenCharacters += text.length;
    if (this.#seenCharacters > SEEN_CHARACTERS) {
      this.#seen.clear();
      this.#seenCharacters = text.length;
    }
    this.#seen.add(text);
  }

  /** Makes a template for the spans that follow. This span itself is encoded by the standard serializer. */
  #learn(span: tracing.ReadableSpan, text: string): void {
    const request = this.#standard.serializeRequest([span]);
    const encoded = request && takeApart(request);
    if (encoded === undefined) return;
    const template = SpanTemplate.from(span, encoded.span);
    if (template === undefined || template.bytes.length > LARGEST_TEMPLATE) return;
    this.#templateBytes += template.bytes.length + text.length;
    if (this.#templateBytes > TEMPLATE_BYTES) {
      this.#frames = new WeakMap();
      this.#templateBytes = template.bytes.length + text.length;
    }
    const scopes = this.#frames.get(span.resource) ?? new WeakMap<object, Frame>();
    this.#frames.set(span.resource, scopes);
    const frame = scopes.get(span.instrumentationScope) ?? { ...encoded.frame, templates: new Map() };
    scopes.set(span.instrumentationScope, frame);
    const templates = frame.templates.get(text) ?? [];
    templates.push(template);
    frame.templates.set(text, templates);
  }
}

/** Lets an OTLP exporter of traces encode by templates, unless it sends JSON or its serializer is not where it used to be. */
export function encodeByTemplates<Exporter extends object>(exporter: Exporter): Exporter {
  const holder =
    otlpProtocol('traces') === 'http/json' ? undefined : serializing<tracing.ReadableSpan[]>(exporter);
  if (holder !== undefined) holder._serializer = new SpanSerializer(holder._serializer);
  return exporter;
}

/** Whether a span has nothing but ids, times and attributes. */
function isPlain(span: tracing.ReadableSpan): boolean {
  return (
    span.events.length === 0 &&
    span.links.length === 0 &&
    span.status.code === 0 &&
    !span.status.message &&
    !span.droppedAttributesCount &&
    !span.droppedEventsCount &&
    !span.droppedLinksCount &&
    span.spanContext().traceState === undefined
  );
}

/** Writes the spans of one resource and scope. Returns those that their template cannot write. */
function writeFrame(to: ByteWriter, frame: Frame, matched: Matched): tracing.ReadableSpan[] {
  const before = to.position;
  to.reserve(frame.resource.length + frame.scope.length);
  to.byte(KEY.resourceSpans);
  const start = to.beginLength();
  to.bytes(frame.resource);
  to.byte(KEY.scopeSpans);
  const scopeStart = to.beginLength();
  to.bytes(frame.scope);
  const others = matched.filter(([span, template]) => !template.write(to, span));
  to.endLength(scopeStart);
  to.endLength(start);
  if (others.length === matched.length) to.position = before;
  return others.map(([span]) => span);
}

/** The parts of a request with one span. */
function takeApart(request: Uint8Array): { frame: Omit<Frame, 'templates'>; span: Uint8Array } | undefined {
  const resourceSpans = protobufFields(request);
  const inResource = protobufFields(resourceSpans[0]?.content ?? request);
  const scopeSpans = inResource.filter(({ number }) => number === FIELD.scopeSpans);
  const inScope = protobufFields(scopeSpans[0]?.content ?? request);
  const spans = inScope.filter(({ number }) => number === FIELD.span);
  if (resourceSpans.length !== 1 || scopeSpans.length !== 1) return undefined;
  const [span] = spans;
  if (span === undefined || spans.length !== 1) return undefined;
  const without = (fields: typeof inScope, number: number) =>
    Buffer.concat(fields.flatMap((field) => (field.number === number ? [] : [field.bytes])));
  return {
    frame: { resource: without(inResource, FIELD.scopeSpans), scope: without(inScope, FIELD.span) },
    span: span.content,
  };
}
