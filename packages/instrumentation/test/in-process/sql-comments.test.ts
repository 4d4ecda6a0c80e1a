import * as serverless from '@neondatabase/serverless';
import { context, trace } from '@opentelemetry/api';
import { startNeonEndpoint } from '@pg-otel/testkit';
import pg from 'pg';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
});

beforeEach(() => shop.configure({ sqlComments: 'prepended' }));

afterAll(async () => {
  await client.end();
  await shop.stop();
});

/** Runs a function within a sampled span. Returns its result, and the comment that its queries should have. */
async function inTrace<T>(run: () => Promise<T>): Promise<{ result: T; comment: string }> {
  const span = trace.getTracer('test').startSpan('request');
  const { traceId, spanId } = span.spanContext();
  const result = await context.with(trace.setSpan(context.active(), span), run);
  span.end();
  return { result, comment: `/*traceparent='00-${traceId}-${spanId}-01'*/` };
}

const self = 'SELECT query AS sent FROM pg_stat_activity WHERE pid = pg_backend_pid()';
const sentOverPg = async (query: string | pg.QueryConfig): Promise<string> =>
  (await client.query(query)).rows[0].sent;

describe('a prepended comment', () => {
  it('stays visible in a statement that is longer than what the server keeps, unlike an appended one', async () => {
    const long = `${self} AND ${Array.from({ length: 300 }, (_, at) => `${at} = ${at}`).join(' AND ')}`;
    const { result, comment } = await inTrace(() => sentOverPg(long));
    expect(result).toHaveLength(1023);
    expect(result).toBe(`${comment} ${long}`.slice(0, 1023));
    shop.configure({ sqlComments: true });
    expect((await inTrace(() => sentOverPg(long))).result).toBe(long.slice(0, 1023));
  });

  it('is never in a span', async () => {
    shop.recorder.clear();
    await inTrace(() => sentOverPg(self));
    expect(shop.queries().map(({ attributes }) => attributes['db.query.text'])).toEqual([self]);
  });

  it.each([
    ['with bound values', { text: `${self} AND $1`, values: [true] }],
    ['that ends with a semicolon', { text: `${self};` }],
    ['with a literal that looks like a comment', { text: `${self} AND '--' <> '/*'` }],
  ])('precedes a statement %s', async (_, query: pg.QueryConfig) => {
    const { result, comment } = await inTrace(() => sentOverPg(query));
    expect(result).toBe(`${comment} ${query.text}`);
  });

  it.each([
    ['a named statement, whose text must stay the same', { name: 'named', text: self }],
    ['a statement with a comment', { text: `/* mine */ ${self}` }],
  ])('is not added to %s', async (_, query: pg.QueryConfig) => {
    expect((await inTrace(() => sentOverPg(query))).result).toBe(query.text);
  });

  it('is not added outside of a trace', async () => {
    expect(await sentOverPg(self)).toBe(self);
  });

  it('is in texts that go over Neon, by HTTP and WebSocket', async () => {
    const endpoint = await startNeonEndpoint(shop.server);
    const { neon, neonConfig, Client } = instrument(serverless);
    neonConfig.fetchEndpoint = endpoint.httpUrl;
    neonConfig.webSocketConstructor = WebSocket;
    neonConfig.wsProxy = () => endpoint.wsProxy;
    neonConfig.useSecureWebSocket = false;
    const overSocket = new Client(endpoint.url);
    try {
      await overSocket.connect();
      const http = await inTrace(async () => (await neon(endpoint.url).query(self))[0]?.['sent']);
      expect(http.result).toBe(`${http.comment} ${self}`);
      const socket = await inTrace(async () => (await overSocket.query(self)).rows[0].sent);
      expect(socket.result).toBe(`${socket.comment} ${self}`);
    } finally {
      await overSocket.end();
      await endpoint.stop();
    }
  });
});
