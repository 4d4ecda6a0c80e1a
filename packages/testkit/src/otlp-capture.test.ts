import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type OtlpCapture, startOtlpCapture } from './otlp-capture';

const program = `
  const { NodeSDK, api, logs, metrics, core } = require('@opentelemetry/sdk-node');
  const sdk = new NodeSDK();
  sdk.start();
  const tracer = api.trace.getTracer('kitchen', '1.2.3');
  tracer.startActiveSpan('cook', { kind: api.SpanKind.CLIENT, startTime: [1700000000, 1] }, (parent) => {
    const child = tracer.startSpan('stir', {
      attributes: { text: 'ü', int: -3, double: 0.5, yes: true, list: ['a', 'b'] },
      links: [{ context: parent.spanContext(), attributes: { why: 'because' } }],
    });
    child.addEvent('boiled', { degrees: 100 }, [1700000001, 0]);
    child.setStatus({ code: api.SpanStatusCode.ERROR, message: 'burnt' });
    child.end();
    parent.end([1700000002, 3]);
  });
  const meter = api.metrics.getMeter('kitchen', '1.2.3');
  const histogram = meter.createHistogram('heat', { unit: 's', description: 'how hot', advice: { explicitBucketBoundaries: [0.5, 1] } });
  for (const value of [0.1, 0.2, 0.75, 7]) histogram.record(value, { pan: 'small' });
  meter.createUpDownCounter('pans').add(-2);
  meter.createObservableGauge('gas').addCallback((result) => result.observe(0.25));
  require('@opentelemetry/api-logs').logs.getLogger('kitchen', '1.2.3')
    .emit({ eventName: 'served', severityNumber: 13, severityText: 'WARN', body: { plate: 1 }, attributes: { table: 4 } });
  sdk.shutdown();
`;

const scope = { name: 'kitchen', version: '1.2.3' };

describe.each(['http/json', 'http/protobuf'])('an OTLP capture that is sent %s', (protocol) => {
  let capture: OtlpCapture;

  beforeAll(async () => {
    capture = await startOtlpCapture();
    await promisify(execFile)(process.execPath, ['-e', program], {
      env: {
        ...process.env,
        ...capture.env,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_SERVICE_NAME: 'kitchen-service',
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
      },
    });
  });
  afterAll(() => capture.stop());

  it('reads spans', () => {
    const [stir, cook] = capture.spans();
    expect(cook).toEqual({
      name: 'cook',
      kind: 'CLIENT',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      parentSpanId: undefined,
      attributes: {},
      events: [],
      links: [],
      status: { code: 'UNSET', message: '' },
      start: 1_700_000_000_000_000_001n,
      end: 1_700_000_002_000_000_003n,
      resource: expect.objectContaining({ 'service.name': 'kitchen-service' }),
      scope,
    });
    expect(stir).toEqual({
      ...cook,
      name: 'stir',
      kind: 'INTERNAL',
      spanId: expect.not.stringMatching(cook?.spanId ?? ''),
      parentSpanId: cook?.spanId,
      attributes: { text: 'ü', int: -3, double: 0.5, yes: true, list: ['a', 'b'] },
      events: [{ name: 'boiled', time: 1_700_000_001_000_000_000n, attributes: { degrees: 100 } }],
      links: [{ traceId: cook?.traceId, spanId: cook?.spanId, attributes: { why: 'because' } }],
      status: { code: 'ERROR', message: 'burnt' },
      start: expect.any(BigInt),
      end: expect.any(BigInt),
    });
  });

  it('reads metrics', () => {
    const own = capture.metrics().filter((metric) => metric.scope.name === 'kitchen');
    const noNumbers = { value: undefined, count: undefined, sum: undefined, min: undefined, max: undefined };
    const times = { time: expect.any(BigInt), start: expect.any(BigInt) };
    const number = { ...noNumbers, ...times, attributes: {}, bounds: [], buckets: [] };
    const common = { description: '', unit: '', scope, resource: expect.any(Object), isMonotonic: false };
    expect(own).toEqual([
      {
        ...common,
        name: 'heat',
        unit: 's',
        description: 'how hot',
        type: 'histogram',
        temporality: 'CUMULATIVE',
        points: [
          {
            ...times,
            value: undefined,
            attributes: { pan: 'small' },
            count: 4,
            sum: expect.closeTo(8.05),
            min: 0.1,
            max: 7,
            bounds: [0.5, 1],
            buckets: [2, 1, 1],
          },
        ],
      },
      { ...common, name: 'pans', type: 'sum', temporality: 'CUMULATIVE', points: [{ ...number, value: -2 }] },
      {
        ...common,
        name: 'gas',
        type: 'gauge',
        temporality: 'UNSPECIFIED',
        points: [{ ...number, value: 0.25 }],
      },
    ]);
  });

  it('reads log events', () => {
    expect(capture.logs()).toEqual([
      {
        eventName: 'served',
        severityNumber: 13,
        severityText: 'WARN',
        body: { plate: 1 },
        attributes: { table: 4 },
        traceId: undefined,
        spanId: undefined,
        time: expect.any(BigInt),
        receivedAt: expect.any(Number),
        resource: expect.objectContaining({ 'service.name': 'kitchen-service' }),
        scope,
      },
    ]);
  });
});

describe('an OTLP capture', () => {
  it('lists what it received instead when the wait is over', async () => {
    const capture = await startOtlpCapture();
    const span = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'cook' }] }] }] };
    await fetch(`${capture.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(span),
    });
    await expect(capture.waitFor(() => undefined, 1)).rejects.toThrow('spans (cook), metrics (), logs ()');
    await capture.stop();
  });

  it('answers 400 to what is no OTLP', async () => {
    const capture = await startOtlpCapture();
    const response = await fetch(`${capture.url}/v1/traces`, {
      method: 'POST',
      body: Buffer.from([0x0a, 0xff]),
    });
    expect(response.status).toBe(400);
    await capture.stop();
  });
});
