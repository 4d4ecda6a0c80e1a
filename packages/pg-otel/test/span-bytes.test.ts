import { decodeProtobuf, fuzz, MODULES_OF_PG_OTEL, runFixture, sdkVersions, titled } from '@pg-otel/testkit';

/**
 * Random spans of the SDK, in requests of up to 40, encoded by the exporter before and after `encodeByTemplates`. Few
 * names, keys and values, so that spans are similar, and every kind of value, event, link and limit.
 */
const ENCODED_TWICE = (seed: number, requests: number) => `
  const path = require('node:path');
  const { TraceFlags, createTraceState } = require('@opentelemetry/api');
  const ours = ${MODULES_OF_PG_OTEL};
  const { requireSdk, tracePackage } = require(path.join(ours, 'sdk/require-sdk.js'));
  const { serializing } = require(path.join(ours, 'sdk/internals.js'));
  const { encodeByTemplates } = require(path.join(ours, 'pipeline/span-bytes/span-serializer.js'));
  const { OTLPTraceExporter } = requireSdk('@opentelemetry/exporter-trace-otlp-proto');
  const { TracerProvider } = tracePackage();
  const { resourceFromAttributes } = requireSdk('@opentelemetry/resources');

  let state = ${seed};
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const one = (list) => list[random(list.length)];
  const texts = ['SELECT', 'SELECT 1', '', 'naïve ✓ 💥', 'lone \\ud800 surrogate', 'x'.repeat(300), 'a b', '${'é'.repeat(90)}'];
  const numbers = [0, 1, 5432, 127, 128, 300, -1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 40), 2 ** 62, 0.5, -0.25, 1e300, NaN, Infinity, -0];
  const values = [...texts, ...texts, ...numbers, true, false, ['a', 'b'], [1, 2], [true], []];
  const keys = ['db.query.text', 'db.namespace', 'server.port', 'db.response.returned_rows', 'clé', 'http.route'];
  const attributes = () => Object.fromEntries(keys.filter(() => random(3) > 0).map((key) => [key, one(random(3) ? texts : values)]));

  // Most spans are similar to others, as those of a statement are.
  const statements = Array.from({ length: 6 }, attributes);
  const attributesOfSpan = () => (random(4) ? { ...one(statements) } : attributes());

  const ended = [];
  const processor = { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} };
  const providers = [{}, { spanLimits: { attributeCountLimit: 3, eventCountLimit: 1, linkCountLimit: 1 } }].map((options, index) =>
    new TracerProvider({ ...options, resource: resourceFromAttributes({ 'service.name': 's' + index, list: ['a', 'b'] }), spanProcessors: [processor] }));
  const tracers = providers.flatMap((provider) => [provider.getTracer('pg', '1.0.0'), provider.getTracer('http', undefined, { schemaUrl: 'https://schema.example' })]);
  const { trace, ROOT_CONTEXT } = require('@opentelemetry/api');
  const parent = () => {
    const traceState = random(4) ? undefined : createTraceState('a=1');
    return trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a1'.repeat(15) + '0' + random(10), spanId: 'b2'.repeat(8), traceFlags: TraceFlags.SAMPLED, isRemote: random(2) === 0, ...(traceState && { traceState }) });
  };

  function span() {
    const options = { kind: random(8) ? 2 : random(5), attributes: attributesOfSpan(), startTime: [1_790_000_000 + random(100), random(1e9)] };
    if (random(12) === 0) options.links = [{ context: { traceId: 'c3'.repeat(16), spanId: 'd4'.repeat(8), traceFlags: 1 }, attributes: attributes() }];
    const started = one(tracers).startSpan(random(4) ? 'SELECT' : one(texts), options, random(3) ? parent() : ROOT_CONTEXT);
    if (random(2)) started.setAttribute('db.response.returned_rows', one(numbers));
    if (random(8) === 0) started.addEvent('dns', attributes());
    if (random(10) === 0) started.setStatus({ code: random(3), message: one([undefined, '42P01']) });
    started.end([1_790_000_200, random(1e9)]);
  }

  const before = new OTLPTraceExporter();
  const after = new OTLPTraceExporter();
  let copied = 0;
  // A span that makes a template is encoded twice by the standard serializer, alone and last with all others.
  let others = 0;
  const { serializeRequest } = serializing(after)._serializer;
  serializing(after)._serializer = { ...serializing(after)._serializer, serializeRequest: (spans) => { others = spans.length; return serializeRequest(spans); } };
  encodeByTemplates(after);
  for (let request = 0; request < ${requests}; request++) {
    for (let count = random(40); count >= 0; count--) span();
    // As a hook that redacts: the object of the span changes after its template was made.
    if (random(5) === 0) ended[0].attributes['db.query.text'] = 'redacted';
    const [standard, templates] = [before, after].map((exporter) => Buffer.from(serializing(exporter)._serializer.serializeRequest(ended.slice())));
    console.log(JSON.stringify([standard.toString('base64'), templates.toString('base64')]));
    copied += ended.length - others;
    others = 0;
    ended.length = 0;
  }
  console.log(JSON.stringify({ copied }));`;

interface Span {
  readonly spanId: string;
}
type Scoped = { readonly scope?: unknown; readonly schemaUrl?: unknown; readonly spans: readonly Span[] };
type Request = {
  readonly resourceSpans: { readonly resource: unknown; readonly scopeSpans: readonly Scoped[] }[];
};

/** The spans of a request by their id, each with resource and scope. An absent counter is 0, an absent status is UNSET. */
function spansOf(bytes: string): Record<string, unknown> {
  const { resourceSpans } = decodeProtobuf('traces', Buffer.from(bytes, 'base64')) as Request;
  const all = resourceSpans.flatMap(({ scopeSpans, ...resource }) =>
    scopeSpans.flatMap(({ spans, ...scope }) =>
      spans.map((span) => [
        span.spanId,
        {
          resource,
          scope,
          droppedAttributesCount: 0,
          droppedEventsCount: 0,
          droppedLinksCount: 0,
          status: { code: 0 },
          ...span,
        },
      ]),
    ),
  );
  expect(new Set(all.map(([id]) => id)).size).toBe(all.length);
  return Object.fromEntries(all);
}

describe.each(titled(sdkVersions()))('on %s', (_, { installation, node }) => {
  it('spans encoded by templates decode to what the standard serializer encodes', async () => {
    const { stdout, stderr } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: ENCODED_TWICE(fuzz(1).seed, 80),
    });
    expect(stderr).toBe('');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { copied } = lines.pop();
    expect(copied).toBeGreaterThan(100);
    for (const [standard, templates] of lines) expect(spansOf(templates)).toEqual(spansOf(standard));
  });
});
