import { context, trace } from '@opentelemetry/api';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { type PostgresServer, type Recorder, startPostgres, startRecorder } from '@pg-otel/testkit';
import pg from 'pg';
import { managePool, retry } from '../src';
import { ACCOUNTS, overtakenWithdrawal } from './accounts';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network';

let postgres: PostgresServer;
let network: FaultyNetwork;
let recorder: Recorder;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
  network = await startFaultyNetwork(postgres.port);
  recorder = startRecorder();
  const instrumentation = new PostgresInstrumentation();
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrument(pg);
});
beforeEach(() => {
  const { database, user, password } = postgres;
  pool = new pg.Pool({ host: '127.0.0.1', port: network.port, database, user, password });
  pool.on('error', () => {});
  managePool(pool, { retry: { initialDelayMillis: 0 } });
  recorder.clear();
});
afterEach(() => pool.end());
afterAll(async () => {
  await recorder.shutdown();
  await network.stop();
  await postgres.stop();
});

/** Runs inside a span, as the handler of a request does. */
async function handleRequest(run: () => Promise<unknown>): Promise<void> {
  const span = recorder.tracerProvider.getTracer('test').startSpan('POST /orders');
  await context.with(trace.setSpan(context.active(), span), run);
  span.end();
}

const caller = () => {
  const span = recorder.spans().find(({ name }) => name === 'POST /orders');
  if (span === undefined) throw new Error('The span of the caller has not ended');
  return span;
};
const event = (attempt: number, outcome: string, errorType: string) => ({
  name: 'pg_otel.retry',
  attributes: expect.objectContaining({
    'pg_otel.retry.attempt': attempt,
    'pg_otel.retry.outcome': outcome,
    'error.type': errorType,
  }),
});

it('shows the attempts of a query on the span of the request that made it, and each failed connection', async () => {
  network.refuse(2);
  await handleRequest(() => pool.query('select 1'));
  const { events, spanId } = caller();
  expect(events).toEqual([
    event(1, 'retried', 'ECONNRESET'),
    event(2, 'retried', 'ECONNRESET'),
    event(3, 'recovered', 'ECONNRESET'),
  ]);
  const attempts = recorder.spans().filter(({ name }) => name.startsWith('connect '));
  expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual([
    'ECONNRESET',
    'ECONNRESET',
    undefined,
  ]);
  expect(new Set(attempts.map(({ traceId }) => traceId))).toEqual(new Set([caller().traceId]));
  const query = recorder.spans().find(({ name }) => /^select/i.test(name));
  expect(query?.parentSpanId).toBe(spanId);
});

it('shows the attempts of a transaction on the span of its caller, and the statements of each', async () => {
  await pool.query(ACCOUNTS);
  recorder.clear();
  await handleRequest(() => retry((attempt) => overtakenWithdrawal(pool, attempt)));
  expect(caller().events).toEqual([event(1, 'retried', '40001'), event(2, 'recovered', '40001')]);
  const ofTransaction = recorder.spans().filter(({ parentSpanId }) => parentSpanId === caller().spanId);
  expect(ofTransaction.filter(({ name }) => /^begin/i.test(name))).toHaveLength(2);
});
