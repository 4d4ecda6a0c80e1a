/**
 * `pg.native`: needs libpq and a compiler, so it has a separate folder (scripts/steps/native.mjs), and CI runs it.
 */
import path from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { type PostgresServer, type Recorder, startPostgres, startRecorder } from '@pg-otel/testkit';
import type pg from 'pg';
import { instrument, PostgresInstrumentation } from '../../src';
import { diagnosisOf, UPDATE } from '../in-process/diagnosis-stage';
import { type Driver, programs, type Stage } from './programs';

const folder = process.env['TEST_NATIVE_FOLDER'] as string;
const javascript = require(path.join(folder, 'node_modules', 'pg')) as typeof pg;
const native = javascript.native as NonNullable<typeof pg.native>;

let server: PostgresServer;
let recorder: Recorder;
let instrumentation: PostgresInstrumentation;
let target: Record<string, string | number>;

beforeAll(async () => {
  server = await startPostgres({ database: 'shop' });
  recorder = startRecorder();
  instrumentation = new PostgresInstrumentation({ diagnose: true });
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrument(javascript);
  instrument(native);
  target = {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'server.address': server.host,
    'server.port': server.port,
  };
});

beforeEach(() => recorder.clear());
afterEach(() => expect(recorder.openSpans()).toEqual([]));
afterAll(async () => {
  await recorder.shutdown();
  await server.stop();
});

const config = () => ({ connectionString: server.url });
const spans = () => recorder.spans().map(({ name, attributes }) => [name, attributes]);

it('a client: connect and queries by promise, callback and native Query', async () => {
  const client = new native.Client(config());
  await client.connect();
  await client.query('SELECT $1::int AS n', [1]);
  await new Promise<void>((resolve, reject) => {
    client.query('SELECT 1 AS n', (error: Error | null) => (error ? reject(error) : resolve()));
  });
  const own = new native.Query('SELECT 2 AS n');
  expect(client.query(own)).toBe(own);
  await new Promise((resolve) => own.on('end', resolve));
  await client.end();

  const query = { ...target, 'db.query.summary': 'SELECT', 'db.response.returned_rows': 1 };
  expect(spans()).toEqual([
    ['connect shop', { ...target, 'network.transport': 'tcp' }],
    ['SELECT', { ...query, 'db.query.text': 'SELECT $1::int AS n' }],
    ['SELECT', { ...query, 'db.query.text': 'SELECT ? AS n' }],
    ['SELECT', { ...query, 'db.query.text': 'SELECT ? AS n' }],
  ]);
});

it('reports failures of connect and query', async () => {
  const wrong = new native.Client({ connectionString: server.url.replace(server.password, 'wrong') });
  await expect(wrong.connect()).rejects.toThrow('password authentication failed');
  const client = new native.Client(config());
  await client.connect();
  await expect(client.query('SELECT * FROM missing')).rejects.toMatchObject({ code: '42P01' });
  await client.end();
  expect(recorder.spans().map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
    ['connect shop', 'Error'],
    ['connect shop', undefined],
    ['SELECT missing', '42P01'],
  ]);
});

it('reports the queue on a busy client', async () => {
  const client = new native.Client(config());
  await client.connect();
  await Promise.all([client.query('SELECT pg_sleep(0.1)'), client.query('SELECT 1')]);
  await client.end();
  const [, first, second] = recorder.spans();
  expect(first?.attributes).not.toHaveProperty(['pg_otel.client.queue_time']);
  expect(second?.attributes['pg_otel.client.queue_time']).toBeGreaterThan(0.09);
});

it('a pool: its requests, connections and numbers', async () => {
  const pool = new native.Pool({ ...config(), max: 1 });
  await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2')]);
  const idle = (await recorder.points()).find(
    ({ name, attributes }) =>
      name === 'db.client.connection.count' && attributes['db.client.connection.state'] === 'idle',
  );
  expect(idle?.value).toBe(1);
  await pool.end();
  expect(
    recorder
      .spans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['SELECT', 'SELECT', 'acquire shop', 'acquire shop', 'connect shop']);
});

describe('the same programs as over the client in JavaScript leave the same spans', () => {
  const stageOf = (driver: Driver): Stage => ({
    driver,
    config: config(),
    within(name, work) {
      const span = recorder.tracerProvider.getTracer('application').startSpan(name);
      return context.with(trace.setSpan(context.active(), span), async () => {
        try {
          return await work();
        } finally {
          span.end();
        }
      });
    },
  });

  /** Attributes that libpq does not provide, and times, which do not matter here. */
  const DIFFERENT = [
    'network.peer.address',
    'network.peer.port',
    'pg_otel.client.queue_time',
    'pg_otel.pool.wait_time',
    'pg_otel.response.first_row_time',
  ];

  /** Each span by its names from the root of its trace, with its attributes. */
  const traces = () => {
    const spans = recorder.spans();
    const pathTo = (span: (typeof spans)[number]): string => {
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      return parent === undefined ? span.name : `${pathTo(parent)} > ${span.name}`;
    };
    return spans
      .map((span) => {
        const attributes = Object.entries(span.attributes).filter(([key]) => !DIFFERENT.includes(key));
        return [pathTo(span), Object.fromEntries(attributes.sort()), span.status.code];
      })
      .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
  };

  const run = async (driver: Driver, program: (stage: Stage) => Promise<unknown>): Promise<unknown[]> => {
    recorder.clear();
    await program(stageOf(driver));
    return traces();
  };

  it.each(Object.entries(programs))('%s', async (_name, program) => {
    const expected = await run(javascript, program);
    expect(await run(native, program)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(1);
  });
});

describe('a text that may be ambiguous', () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new native.Client(config());
    client.on('error', () => {});
    await client.connect();
  });
  afterAll(() => client.end());

  it.each([
    [
      'is not reported when the server cannot read it',
      "SELECT 'O' FROM SECRET x y z, 'b'",
      'SELECT',
      undefined,
    ],
    ['ends before rows', 'COPY people FROM stdin;\nSECRET\n\\.\n', 'COPY people', undefined],
    ['ends where no rule takes a character', 'SELECT 1 \\SECRET', 'SELECT', undefined],
    ['ends with a string that may go on', "SELECT 'a\\', 1 AS n", 'SELECT', 'SELECT ?'],
    ['has no value of a setting', 'SET app.token TO SECRET', 'SET app.token', 'SET app.token TO ?'],
  ])('%s: %j', async (_, text, name, reported) => {
    recorder.clear();
    await client.query(text).catch(() => {});
    expect(recorder.spans().map((span) => [span.name, span.attributes['db.query.text']])).toEqual([
      [name, reported],
    ]);
    expect(JSON.stringify([recorder.spans(), await recorder.points()])).not.toContain('SECRET');
  });

  it('ends before its first string when the client is closed', async () => {
    const closed = new native.Client(config());
    await closed.connect();
    await closed.end();
    recorder.clear();
    await closed.query("SELECT 'O' FROM SECRET WHERE a = 'b'").catch(() => {});
    expect(recorder.spans().map((span) => [span.name, span.attributes['db.query.text']])).toEqual([
      ['SELECT', 'SELECT'],
    ]);
  });
});

describe('SQL comments', () => {
  afterEach(() => instrumentation.setConfig({}));

  it.each([
    ['appended', 'pg', true, javascript],
    ['appended', 'pg.native', true, native],
    ['prepended', 'pg', 'prepended', javascript],
    ['prepended', 'pg.native', 'prepended', native],
  ] as const)(
    'are %s in the text that the server gets, over %s',
    async (_place, _name, sqlComments, driver) => {
      instrumentation.setConfig({ sqlComments });
      const client = new driver.Client(config());
      await client.connect();
      const span = recorder.tracerProvider.getTracer('application').startSpan('request');
      const { rows } = await context.with(trace.setSpan(context.active(), span), () =>
        client.query('SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()'),
      );
      span.end();
      await client.end();
      const comment = `/*traceparent='00-${span.spanContext().traceId}-${span.spanContext().spanId}-01'*/`;
      const text = 'SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()';
      expect(rows[0].query).toBe(sqlComments === true ? `${text} ${comment}` : `${comment} ${text}`);
      const query = recorder.spans().find(({ name }) => name === 'SELECT pg_stat_activity');
      expect(query?.attributes['db.query.text']).toBe(text);
    },
  );
});

it('the reason of a slow query is found by its text, over a connection of pg’s own client', async () => {
  instrumentation.setLoggerProvider(recorder.loggerProvider as never);
  instrumentation.setConfig({ slowAfter: [0.2], diagnose: true });
  const pool = new native.Pool(config());
  const reason = await diagnosisOf({ server, recorder }, () => pool.query(UPDATE));
  await pool.end();
  instrumentation.setConfig({});
  expect(reason).toMatchObject({
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.certainty': 'observed',
    'postgresql.wait_event_type': 'Lock',
  });
});
