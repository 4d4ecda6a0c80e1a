import * as path from 'node:path';
import { context, type HrTime, type Span, type TracerProvider, trace } from '@opentelemetry/api';
import { type Installation, installationFolder } from '@pg-otel/testkit';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

interface EndedSpan extends Span {
  readonly name: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly parentSpanContext?: { spanId: string };
}

/** The SDK of a major version of OpenTelemetry, and the spans that it has ended. */
function sdkOf(installation: Installation): { provider: TracerProvider; ended: EndedSpan[] } {
  const ended: EndedSpan[] = [];
  const { BasicTracerProvider, TracerProvider: Provider } = require(
    path.join(installationFolder(installation), 'node_modules', '@opentelemetry', 'sdk-trace'),
  );
  const processor = {
    onStart() {},
    onEnd: (span: EndedSpan) => ended.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  return { provider: new (BasicTracerProvider ?? Provider)({ spanProcessors: [processor] }), ended };
}

/** Nanoseconds from one time to the other. */
const between = (from: HrTime, to: HrTime): number => (to[0] - from[0]) * 1e9 + (to[1] - from[1]);

let stage: Instrumented;
beforeAll(async () => {
  stage = await startInstrumented();
});
afterAll(() => stage.stop());

describe.each(['otel-2', 'otel-3'] as const)('spans below those of the SDK of %s', (installation) => {
  const { provider, ended } = sdkOf(installation);
  const tracer = provider.getTracer('application');
  beforeAll(() => stage.instrumentation.setTracerProvider(provider));
  beforeEach(() => {
    ended.length = 0;
  });

  const inRequest = async (work: () => Promise<unknown>): Promise<void> => {
    const span = tracer.startSpan('request');
    await context.with(trace.setSpan(context.active(), span), work);
    span.end();
  };

  /** Names of spans that start before or end after their parents, each with how often. */
  function outsideTheirParents(): Record<string, number> {
    const byId = new Map(ended.map((span) => [span.spanContext().spanId, span]));
    const outside: Record<string, number> = {};
    for (const span of ended) {
      const parent = byId.get(span.parentSpanContext?.spanId ?? '');
      if (parent === undefined) continue;
      const isInside =
        between(parent.startTime, span.startTime) >= 0 && between(span.endTime, parent.endTime) >= 0;
      if (!isInside) outside[span.name] = (outside[span.name] ?? 0) + 1;
    }
    return outside;
  }

  it('none of 2000 queries starts before its request or ends after it', async () => {
    const client = new pg.Client({ connectionString: stage.server.url });
    await client.connect();
    for (let count = 0; count < 2000; count++) await inRequest(() => client.query('SELECT 1'));
    await client.end();
    expect(ended.filter(({ name }) => name === 'SELECT')).toHaveLength(2000);
    expect(outsideTheirParents()).toEqual({});
  });

  it('neither does a request for a connection, nor the setup of one', async () => {
    for (let count = 0; count < 50; count++) {
      const pool = new pg.Pool({ connectionString: stage.server.url, max: 1 });
      await inRequest(() => Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2')]));
      await pool.end();
    }
    expect(ended.filter(({ name }) => name.startsWith('connect'))).toHaveLength(50);
    expect(outsideTheirParents()).toEqual({});
  });

  it('a span of the SDK below the setup of a connection does not start before that', async () => {
    for (let count = 0; count < 200; count++) {
      const password = async (): Promise<string> => {
        tracer.startSpan('token', {}, context.active()).end();
        return stage.server.password;
      };
      const client = new pg.Client({ ...connection(), password });
      await inRequest(() => client.connect());
      await client.end();
    }
    const setups = new Map(
      ended.filter(({ name }) => name.startsWith('connect')).map((span) => [span.spanContext().spanId, span]),
    );
    const tokens = ended.filter(({ name }) => name === 'token');
    expect(tokens).toHaveLength(200);
    for (const token of tokens) {
      const setup = setups.get(token.parentSpanContext?.spanId ?? '');
      expect(between(setup?.startTime ?? [0, 0], token.startTime)).toBeGreaterThanOrEqual(0);
      expect(setup).toBeDefined();
    }
  });

  const connection = () => ({
    host: stage.server.host,
    port: stage.server.port,
    user: stage.server.user,
    database: 'shop',
  });
});
