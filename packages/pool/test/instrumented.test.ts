import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import {
  type PostgresServer,
  pollUntil,
  type Recorder,
  startPostgres,
  startRecorder,
} from '@pg-otel/testkit';
import pg from 'pg';
import { backends, type Managed, managed, openConnections, skipMillis } from './managed';

let postgres: PostgresServer;
let recorder: Recorder;
let current: Managed;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
  recorder = startRecorder();
  const instrumentation = new PostgresInstrumentation();
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
  instrument(pg);
});
beforeEach(() => {
  current = managed({ connectionString: postgres.url });
  recorder.clear();
});
afterEach(() => current.end());
afterAll(async () => {
  await recorder.shutdown();
  await postgres.stop();
});

const pointsOf = async (name: string) => (await recorder.points()).filter((point) => point.name === name);
const countOf = async (name: string) =>
  (await pointsOf(name)).reduce((sum, { count, value }) => sum + (count ?? value), 0);

it('checks are metrics of health, and no operations, checkouts or waits', async () => {
  const { pool, manager } = current;
  await openConnections(pool, 2);
  const before = {
    spans: recorder.spans().length,
    operations: await countOf('db.client.operation.duration'),
    uses: await countOf('db.client.connection.use_time'),
    waits: await countOf('db.client.connection.wait_time'),
  };
  await manager.checkNow();
  expect({
    spans: recorder.spans().length,
    operations: await countOf('db.client.operation.duration'),
    uses: await countOf('db.client.connection.use_time'),
    waits: await countOf('db.client.connection.wait_time'),
  }).toEqual(before);
  expect(recorder.openSpans()).toEqual([]);
  expect(await countOf('pg_otel.connection.health_check.duration')).toBe(2);
  expect(await pointsOf('pg_otel.connection.health')).toEqual([
    expect.objectContaining({
      value: 1,
      attributes: expect.objectContaining({ 'db.client.connection.pool.name': 'shop' }),
    }),
  ]);
});

it('an outage is one event per change of health, and no event of a failed operation', async () => {
  const { pool, manager } = current;
  await openConnections(pool, 2);
  await backends(pool);
  await postgres.crash();
  skipMillis(5_000);
  await pollUntil(async () => manager.health.state === 'down');
  expect((await pointsOf('pg_otel.connection.health')).map(({ value }) => value)).toContain(0);
  await postgres.restart();
  await pollUntil(async () => pool.idleCount === 2);
  skipMillis(5_000);
  await pollUntil(async () => manager.health.state === 'up');

  const states = manager.history.flatMap((entry) => (entry.kind === 'health' ? [entry.state] : []));
  const events = recorder.events();
  expect(
    events
      .filter(({ name }) => name === 'pg_otel.connection.health.changed')
      .map(({ attributes }) => attributes['pg_otel.connection.health.state']),
  ).toEqual(states.slice(1));
  expect(events.filter(({ name }) => name === 'db.client.operation.exception')).toEqual([]);
  expect(await countOf('pg_otel.connection.recovery.duration')).toBe(1);
});
