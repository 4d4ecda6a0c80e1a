import {
  decodeProtobuf,
  fuzz,
  MODULES_OF_PG_OTEL,
  type PostgresServer,
  type Runtime,
  runFixture,
  sdkVersions,
  startPostgres,
  titled,
} from '@pg-otel/testkit';
import fc from 'fast-check';

/** Each with its own limits and sampler. */
const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '3' },
  { OTEL_ATTRIBUTE_COUNT_LIMIT: '0' },
  { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '5', OTEL_ATTRIBUTE_COUNT_LIMIT: '4' },
  { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '0' },
  { OTEL_SPAN_EVENT_COUNT_LIMIT: '1', OTEL_SPAN_LINK_COUNT_LIMIT: '1' },
  { OTEL_SPAN_EVENT_COUNT_LIMIT: '0', OTEL_SPAN_LINK_COUNT_LIMIT: '0' },
  { OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: '1', OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: '1' },
  { OTEL_TRACES_SAMPLER: 'always_off' },
  { OTEL_TRACES_SAMPLER: 'always_on' },
  { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
  { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
];

/** As text, because JSON has no place for most of them. The plain ones come first. */
const VALUES = [
  "'SELECT 1'",
  "''",
  "'naïve ✓ 💥'",
  "'lone \\ud800 surrogate'",
  "'x'.repeat(300)",
  '0',
  '-1',
  '0.5',
  'NaN',
  'Infinity',
  '-0',
  '2 ** 53',
  'true',
  'false',
  'null',
  'undefined',
  '[]',
  "['a', 'b']",
  '[1, null, 2]',
  "['a', 1]",
  '[true, undefined]',
  '{ nested: { list: [1] } }',
  '() => {}',
  "Symbol('a')",
  '10n',
  'new Date(0)',
  'new Uint8Array([1, 2])',
];
const PLAIN_VALUES = 14;
const KEYS = ['db.query.text', 'db.namespace', 'rows', 'clé', 'toString', 'constructor', ''];
const TIMES = [
  '[1790000001, 5e8]',
  '[1790000002, 0]',
  '[1790000000, 1]',
  'undefined',
  '1790000001234.5',
  '12.25',
  'new Date(1790000003000)',
  '[1790000001]',
  "'text'",
];
const PARENTS = [
  'undefined',
  'remote(1)',
  'remote(0)',
  "{ ...remote(1), traceState: createTraceState('a=1') }",
  '{ ...remote(1), isRemote: false }',
  "{ ...remote(1), traceId: '0'.repeat(32) }",
  "'suppressed'",
  "'span of the SDK'",
];
const LINKS = ['{ context: remote(1) }', '{ context: remote(0), attributes: { a: 1, b: ["x"] } }'];
const STATUSES = [
  '{ code: 0 }',
  '{ code: 1 }',
  "{ code: 2, message: '42P01' }",
  '{ code: 2, message: 7 }',
  "{ code: 1, message: 'fine' }",
];
const EXCEPTIONS = ["'text'", "{ name: 'E', message: 'm', stack: 's' }", '{ code: 7 }', '{}', 'undefined'];

const index = (list: readonly unknown[]) => fc.nat(list.length - 1);
/** Plain values and the first of the times, as spans of queries have them, in most cases. */
const value = fc.oneof({ weight: 8, arbitrary: fc.nat(PLAIN_VALUES - 1) }, index(VALUES));
const time = fc.oneof({ weight: 4, arbitrary: fc.nat(1) }, index(TIMES));
const attributes = fc.array(fc.tuple(fc.constantFrom(...KEYS.slice(0, 4)), value), { maxLength: 5 });
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS.slice(0, 4)) },
  fc.constantFrom(...KEYS),
);
const step = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constant('setAttribute'), key, value) },
  fc.tuple(fc.constant('setAttributes'), attributes),
  fc.tuple(fc.constant('addEvent'), fc.option(attributes), time),
  fc.tuple(fc.constant('addLink'), index(LINKS)),
  fc.tuple(fc.constant('addLinks'), fc.array(index(LINKS), { maxLength: 3 })),
  fc.tuple(fc.constant('recordException'), index(EXCEPTIONS), time),
  fc.tuple(fc.constant('setStatus'), index(STATUSES)),
  fc.tuple(fc.constant('updateName'), fc.constantFrom('SELECT', '', 'clé')),
  { weight: 2, arbitrary: fc.tuple(fc.constant('wait'), fc.nat(50)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('end'), time) },
);
const program = fc.record({
  environment: index(ENVIRONMENTS),
  name: fc.constantFrom('SELECT', 'SELECT products', '', 'clé'),
  kind: fc.constantFrom(2, 2, 2, 0, undefined),
  attributes: fc.oneof({ weight: 8, arbitrary: attributes }, fc.constant(undefined)),
  start: time,
  links: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, fc.array(index(LINKS), { maxLength: 3 })),
  root: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, fc.boolean()),
  parent: index(PARENTS),
  steps: fc.array(step, { maxLength: 6 }),
  end: time,
});

/** Runs each program on a span of the SDK and on a lean one, and reports what each shows and exports. */
const COMPARED = (programs: unknown, values: readonly string[]) => `
  const path = require('node:path');
  const { inspect } = require('node:util');
  const { createTraceState, trace, ROOT_CONTEXT } = require('@opentelemetry/api');
  const ours = ${MODULES_OF_PG_OTEL};
  const { requireSdk, tracePackage } = require(path.join(ours, 'sdk/require-sdk.js'));
  const { serializing } = require(path.join(ours, 'sdk/internals.js'));
  const { createSampler } = require(path.join(ours, 'sdk/sampler.js'));
  const { spanLimits } = require(path.join(ours, 'settings/limits.js'));
  const { encodeByTemplates } = require(path.join(ours, 'pipeline/span-bytes/span-serializer.js'));
  const { withLeanSpans } = require(path.join(ours, 'tracing/with-lean-spans.js'));
  const { LeanSpan } = require(path.join(ours, 'tracing/lean-span.js'));
  const { suppressTracing } = requireSdk('@opentelemetry/core');
  const { resourceFromAttributes } = requireSdk('@opentelemetry/resources');
  const { OTLPTraceExporter } = requireSdk('@opentelemetry/exporter-trace-otlp-proto');

  const remote = (traceFlags) => ({ traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags, isRemote: true });
  const VALUES = [${values.join(', ')}];
  const TIMES = [${TIMES.join(', ')}];
  const PARENTS = [${PARENTS.join(', ')}];
  const LINKS = [${LINKS.join(', ')}];
  const STATUSES = [${STATUSES.join(', ')}];
  const EXCEPTIONS = [${EXCEPTIONS.join(', ')}];
  const attributesOf = (entries) => entries && Object.fromEntries(entries.map(([key, value]) => [key, VALUES[value]]));

  // The same ids and the same time for both.
  let state = 0;
  Math.random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
  let clock = 0;
  Date.now = () => 1_790_000_000_000 + clock;
  Object.defineProperty(performance, 'now', { value: () => 100 + clock });

  const calls = {
    setAttribute: (span, key, value) => span.setAttribute(key, VALUES[value]),
    setAttributes: (span, entries) => span.setAttributes(attributesOf(entries)),
    addEvent: (span, entries, time) => span.addEvent('event', attributesOf(entries) ?? undefined, TIMES[time]),
    addLink: (span, link) => span.addLink(LINKS[link]),
    addLinks: (span, links) => span.addLinks(links.map((link) => LINKS[link])),
    recordException: (span, exception, time) => span.recordException(EXCEPTIONS[exception], TIMES[time]),
    setStatus: (span, status) => span.setStatus(STATUSES[status]),
    updateName: (span, name) => span.updateName(name),
    wait(span, milliseconds) {
      clock += milliseconds;
    },
    end: (span, time) => span.end(TIMES[time]),
  };
  const shown = (span) => inspect(
    Object.fromEntries(
      ['name', 'kind', 'attributes', 'status', 'links', 'events', 'startTime', 'endTime', 'duration', 'ended',
        'droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount', 'instrumentationScope', 'parentSpanContext']
        .map((name) => [name, span[name]]).concat([['recording', span.isRecording()], ['context', span.spanContext()]]),
    ),
    { depth: 9, breakLength: Infinity },
  );

  let parentTracer;
  function run({ name, kind, attributes, start, links, root, parent, steps, end }, tracer) {
    state = 1;
    clock = 0;
    const inContext = PARENTS[parent];
    const context = {
      undefined: () => ROOT_CONTEXT,
      object: () => trace.setSpanContext(ROOT_CONTEXT, inContext),
      string: () => inContext === 'suppressed' ? suppressTracing(ROOT_CONTEXT) : trace.setSpan(ROOT_CONTEXT, parentTracer.startSpan('parent', {}, ROOT_CONTEXT)),
    }[typeof inContext]();
    const options = { kind, attributes: attributesOf(attributes), startTime: TIMES[start], links: links?.map((link) => LINKS[link]), root };
    const span = tracer.startSpan(name, options, context);
    const seen = [shown(span)];
    for (const [call, ...args] of [...steps, ['end', end]]) {
      const result = calls[call](span, ...args);
      seen.push(result === span ? 'the span' : inspect(result), shown(span));
    }
    return { span, seen };
  }

  const standard = serializing(new OTLPTraceExporter())._serializer;
  const templates = serializing(encodeByTemplates(new OTLPTraceExporter()))._serializer;
  const encoded = (serializer, spans) => Buffer.from(serializer.serializeRequest(spans) ?? []).toString('base64');
  const environments = ${JSON.stringify(ENVIRONMENTS)}.map((environment) => {
    Object.assign(process.env, environment);
    const ended = [];
    const parts = {
      resource: resourceFromAttributes({ 'service.name': 'orders' }),
      sampler: createSampler(),
      spanLimits: spanLimits(),
      spanProcessors: [{ onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} }],
    };
    for (const name of Object.keys(environment)) delete process.env[name];
    const provider = new (tracePackage().TracerProvider)(parts);
    const lean = withLeanSpans(provider, 'postgres', parts);
    const scope = ['1.0.0', { schemaUrl: 'https://schema.example' }];
    return { ended, standard: provider.getTracer('postgres', ...scope), lean: lean.getTracer('postgres', ...scope), other: lean.getTracer('http') };
  });
  for (const program of ${JSON.stringify(programs)}) {
    const { ended, other, ...tracers } = environments[program.environment];
    parentTracer = other;
    const results = {};
    for (const [kind, tracer] of Object.entries(tracers)) {
      const { span, seen } = run(program, tracer);
      const exported = ended.splice(0);
      results[kind] = { seen, exported: exported.map((one) => encoded(standard, [one])) };
      if (kind === 'lean') {
        results.templates = { exported: exported.map((one) => encoded(templates, [one])) };
        results.stayedLean = exported.length === 1 && exported[0] instanceof LeanSpan;
        results.becameFull = span instanceof LeanSpan && !results.stayedLean;
      }
    }
    console.log(JSON.stringify(results));
  }`;

interface Outcome {
  readonly standard: { readonly seen: readonly string[]; readonly exported: readonly string[] };
  readonly lean: { readonly seen: readonly string[]; readonly exported: readonly string[] };
  readonly templates: { readonly exported: readonly string[] };
  readonly stayedLean: boolean;
  readonly becameFull: boolean;
}

/** The span of each request. An absent counter is 0, an absent status is UNSET. */
function decoded(requests: readonly string[]): unknown[] {
  return requests.map((request) => {
    const { resourceSpans } = decodeProtobuf('traces', Buffer.from(request, 'base64')) as never as {
      resourceSpans: [
        { resource: unknown; scopeSpans: [{ scope: unknown; schemaUrl: string; spans: [object] }] },
      ];
    };
    const [{ resource, scopeSpans }] = resourceSpans;
    const [{ spans, ...scope }] = scopeSpans;
    expect([resourceSpans.length, scopeSpans.length, spans.length]).toEqual([1, 1, 1]);
    const unset = {
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      status: { code: 0 },
    };
    return { resource, scope, span: { ...unset, ...spans[0] } };
  });
}

type Program = ReturnType<typeof program.generate>['value'];

/** Without calls that follow the first end, except the last end. */
function upToEnd(sampled: Program): Program {
  const end = sampled.steps.findIndex(([call]) => call === 'end');
  return end === -1 ? sampled : { ...sampled, steps: sampled.steps.slice(0, end + 1) };
}

describe.each(titled(sdkVersions()))('on %s', (_, { installation, node }) => {
  it('a lean span shows and exports what a span of the SDK does, regardless of what is called on it', async () => {
    const { seed, numRuns } = fuzz(800);
    const sampled = fc.sample(program, { seed, numRuns });
    // The oldest SDK exports links that are added after the end, and lone surrogates as bytes that are not UTF-8.
    const isOldest = installation === 'otel-oldest';
    const programs = isOldest ? sampled.map(upToEnd) : sampled;
    const values = isOldest ? VALUES.map((one) => one.replace('\\ud800', '')) : VALUES;
    const { stdout, stderr } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: COMPARED(programs, values),
    });
    expect(stderr).toBe('');
    const outcomes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
    expect(outcomes).toHaveLength(programs.length);
    for (const [index, { standard, lean, templates }] of outcomes.entries()) {
      const program = programs[index];
      expect({ program, seen: lean.seen }).toEqual({ program, seen: standard.seen });
      const expected = { program, exported: decoded(standard.exported) };
      expect({ program, exported: decoded(lean.exported) }).toEqual(expected);
      expect({ program, exported: decoded(templates.exported) }).toEqual(expected);
    }
    // Otherwise little was compared.
    expect(outcomes.filter(({ stayedLean }) => stayedLean).length).toBeGreaterThan(outcomes.length / 16);
    expect(outcomes.filter(({ becameFull }) => becameFull).length).toBeGreaterThan(outcomes.length / 8);
  });
});

/** Queries without a parent, below a parent of each kind, and one that fails; reports the classes of the exported spans. */
const QUERIES = `
  const path = require('node:path');
  const { context, trace, ROOT_CONTEXT } = require('@opentelemetry/api');
  const ours = ${MODULES_OF_PG_OTEL};
  const { requireSdk } = require(path.join(ours, 'sdk/require-sdk.js'));
  const exported = [];
  requireSdk('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter.prototype.export = (spans, done) => {
    exported.push(...spans.map(({ name, constructor }) => [name, constructor.name === 'LeanSpan']));
    done({ code: 0 });
  };
  const pgOtel = require('pg-otel').start();
  const { Client } = require('pg');

  async function main() {
    const client = new Client();
    await client.connect();
    await client.query('SELECT 1');
    await client.query('SELECT 1');
    const tracer = trace.getTracer('application');
    await tracer.startActiveSpan('request', async (span) => {
      await client.query('SELECT 1');
      span.end();
    });
    const remote = { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags: 1, isRemote: true };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () => client.query('SELECT 1'));
    await client.query('SELECT missing').catch(() => {});
    await client.end();
    await pgOtel.forceFlush();
    console.log(JSON.stringify(exported));
  }
  void main();`;

describe('spans of queries', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  const exported = async (runtime: Runtime, environment: Record<string, string> = {}): Promise<unknown> => {
    const { stdout } = await runFixture({
      ...runtime,
      type: 'commonjs',
      source: QUERIES,
      env: { ...postgres.env, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...environment },
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) as string);
  };

  it.each(titled(sdkVersions()))(
    'are lean with the OTLP exporter, unless the query fails (%s)',
    async (_, runtime) => {
      expect(await exported(runtime)).toEqual([
        [`connect ${postgres.database}`, false],
        ['SELECT', true],
        ['SELECT', true],
        ['SELECT', true],
        ['request', false],
        ['SELECT', true],
        ['SELECT', false],
      ]);
    },
  );

  it.each([[{ OTEL_TRACES_EXPORTER: 'otlp,console' }], [{ OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'true' }]])(
    'are spans of the SDK with %p',
    async (environment) => {
      const [[, runtime]] = titled(sdkVersions()) as [[string, Runtime]];
      const spans = (await exported(runtime, environment)) as [string, boolean][];
      expect(spans).toHaveLength(7);
      expect(spans.filter(([, isLean]) => isLean)).toEqual([]);
    },
  );
});
