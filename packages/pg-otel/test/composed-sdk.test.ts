import { type Installation, MODULES_OF_PG_OTEL, runFixture, sdkVersions, titled } from '@pg-otel/testkit';
import { PROVIDER_ENVIRONMENTS } from './provider-environments';

type Environment = Readonly<Record<string, string>>;

/** Variables that NodeSDK does not read, or not for log records, by the installation. */
const NOT_COMPARED: Partial<Record<Installation, RegExp>> = {
  'otel-2': /^OTEL_(EVENT|LINK)_/,
  'otel-oldest': /^OTEL_(EVENT|LINK|ATTRIBUTE)_/,
};

/** Starts NodeSDK and our composition of its parts in each environment, and reports what telemetry each makes of the same calls. */
const COMPARED = (environments: readonly Environment[]) => `
  // The API's logger takes the methods of the console as they are when it is loaded.
  const printed = [];
  for (const level of ['error', 'warn', 'info', 'debug', 'trace']) console[level] = (...args) => printed.push([level, args.join(' ')]);

  const path = require('node:path');
  const ours = ${MODULES_OF_PG_OTEL};
  const { startComposedSdk } = require(path.join(ours, 'sdk/composed-sdk.js'));
  const { baseResource, resourceDetectors } = require(path.join(ours, 'sdk/resource.js'));
  const { requireSdk, logsApi } = require(path.join(ours, 'sdk/require-sdk.js'));
  const { context, diag, metrics, propagation, trace, ROOT_CONTEXT } = require('@opentelemetry/api');
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { MetricReader } = requireSdk('@opentelemetry/sdk-metrics');
  class Reader extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  }

  // Span ids are random, and decide what is sampled by a ratio.
  let state = 0;
  Math.random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };

  const starts = {
    nodeSdk: ({ ownsContext, ...configuration }) => {
      const sdk = new NodeSDK(configuration);
      sdk.start();
      return () => sdk.shutdown();
    },
    composed: startComposedSdk,
  };
  const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));
  const attributes = Object.fromEntries(many(150, (index) => ['key' + index, 'value '.repeat(4) + index]));
  const remote = (index) => ({ traceId: (index * 0x1fffffff).toString(16).padStart(8, '0').repeat(4).slice(0, 32), spanId: 'b2'.repeat(8), traceFlags: index & 1, isRemote: true });

  async function observe(start) {
    state = 1;
    try {
      const spans = [];
      const records = [];
      const reader = new Reader();
      const dropped = { forceFlush: async () => {}, shutdown: async () => { printed.push('shutdown'); } };
      const shutdown = start({
        resource: baseResource(),
        resourceDetectors: resourceDetectors({ chosen: 'in code' }),
        spanProcessors: [{ ...dropped, onStart() {}, onEnd: (span) => spans.push(span) }],
        metricReaders: [reader],
        logRecordProcessors: [{ ...dropped, onEmit: (record) => records.push(record) }],
        instrumentations: [],
        ownsContext: true,
      });
      printed.length = 0;
      for (const level of ['error', 'warn', 'info', 'debug', 'verbose']) diag[level]('of ' + level);

      const tracer = trace.getTracer('application', '1.0.0');
      for (let index = 0; index < 24; index++) {
        const parent = index % 3 === 0 ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote(index));
        const links = many(index === 0 ? 150 : 1, (link) => ({ context: remote(link + 1), attributes: link === 0 ? { ...attributes } : {} }));
        const span = tracer.startSpan('span ' + index, { attributes: { ...attributes }, links }, parent);
        for (const event of many(index === 0 ? 150 : 1, String)) span.addEvent(event, event === '149' || index > 0 ? { ...attributes } : {});
        span.end();
      }
      const active = await context.with(trace.setSpanContext(ROOT_CONTEXT, remote(5)), async () => {
        await new Promise(setImmediate);
        return trace.getSpanContext(context.active())?.traceId;
      });
      const carrier = {};
      const baggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ team: { value: 'a' } }));
      propagation.inject(trace.setSpanContext(baggage, remote(7)), carrier);
      logsApi().getLogger('application').emit({ body: 'text', eventName: 'event', attributes: { ...attributes } });
      metrics.getMeter('application').createCounter('calls').add(1);
      const { resourceMetrics } = await reader.collect();
      await resourceMetrics.resource.waitForAsyncAttributes?.();
      const result = {
        spans: spans.map(({ name, attributes, droppedAttributesCount, events, droppedEventsCount, links, droppedLinksCount }) => ({
          name, attributes, droppedAttributesCount, droppedEventsCount, droppedLinksCount,
          events: events.map(({ name, attributes, droppedAttributesCount }) => ({ name, attributes, droppedAttributesCount })),
          links: links.map(({ attributes, droppedAttributesCount }) => ({ attributes, droppedAttributesCount })),
        })),
        records: records.map(({ body, eventName, attributes, droppedAttributesCount }) => ({ body, eventName, attributes, droppedAttributesCount })),
        metrics: resourceMetrics.scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.map(({ descriptor }) => descriptor.name)]),
        resources: [spans[0], records[0], resourceMetrics].map((of) => ({ ...of?.resource.attributes, 'service.instance.id': typeof of?.resource.attributes['service.instance.id'] })),
        active,
        carrier,
        fields: propagation.fields(),
      };
      await shutdown();
      return { ...result, printed: [...printed] };
    } finally {
      for (const api of [trace, metrics, context, propagation, diag, logsApi()]) api.disable();
    }
  }

  async function main() {
    for (const environment of ${JSON.stringify(environments)}) {
      Object.assign(process.env, environment);
      const nodeSdk = await observe(starts.nodeSdk);
      const composed = await observe(starts.composed);
      console.log(JSON.stringify({ environment, nodeSdk, composed }));
      for (const name of Object.keys(environment)) delete process.env[name];
    }
  }
  void main();`;

describe.each(titled(sdkVersions()))('on %s', (_, { installation, node }) => {
  it('the SDK that pg-otel composes honours the environment as NodeSDK does', async () => {
    const environments = PROVIDER_ENVIRONMENTS.filter(
      (environment) => !Object.keys(environment).some((name) => NOT_COMPARED[installation]?.test(name)),
    );
    const { stdout, stderr } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: COMPARED(environments),
    });
    expect(stderr).toBe('');
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ environment }) => environment)).toEqual(environments);
    for (const { environment, nodeSdk, composed } of results) {
      expect({ environment, ...composed }).toEqual({ environment, ...nodeSdk });
    }
    // Otherwise nothing was compared.
    const ended = results.map(({ nodeSdk }) => nodeSdk.spans.length);
    expect(Math.max(...ended)).toBe(24);
    expect(Math.min(...ended)).toBe(0);
    expect(new Set(results.map(({ composed }) => JSON.stringify(composed))).size).toBeGreaterThan(15);
  });
});
