import { type PostgresServer, type Recorder, startPostgres, startRecorder } from '@pg-otel/testkit';
import pg from 'pg';
import { instrument, PostgresInstrumentation } from '../..';

let server: PostgresServer;
let recorder: Recorder;
let instrumentation: PostgresInstrumentation;
let client: pg.Client;

/** Attributes every span of this server has. */
const target = () => ({
  'db.system.name': 'postgresql',
  'db.namespace': server.database,
  'server.address': server.host,
  'server.port': server.port,
});

beforeAll(async () => {
  server = await startPostgres({ database: 'shop' });
  recorder = startRecorder();
  instrumentation = new PostgresInstrumentation();
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
  instrument(pg);
});

beforeEach(async () => {
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  recorder.clear();
});

afterEach(async () => {
  await client.end().catch(() => {});
  expect(recorder.openSpans()).toEqual([]);
});

afterAll(async () => {
  instrumentation.disable();
  await recorder.shutdown();
  await server.stop();
});

describe('a query with a promise', () => {
  it('is one CLIENT span with all it did', async () => {
    const result = await client.query('SELECT n FROM generate_series(1, 3) n WHERE n > $1', [1]);

    expect(result.rowCount).toBe(2);
    const spans = recorder.spans();
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ name: 'SELECT', kind: 'CLIENT', status: { code: 0 }, events: [] });
    expect(spans[0]?.attributes).toEqual({
      ...target(),
      'db.query.summary': 'SELECT',
      'db.query.text': 'SELECT n FROM generate_series(1, 3) n WHERE n > $1',
      'db.response.returned_rows': 2,
      'pg_otel.response.first_row_time': expect.any(Number),
    });
  });
});
