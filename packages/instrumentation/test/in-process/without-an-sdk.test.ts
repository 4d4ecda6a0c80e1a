import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type PostgresServer, startPostgres, startRecorder } from '@pg-otel/testkit';
import pg from 'pg';
import { instrument, PostgresInstrumentation } from '../../src';
import { CHANNELS, type ConnectionReleaseMessage } from '../../src/channels';
import { onPool } from '../../src/pools';
import { type Telemetry, telemetry } from '../../src/telemetry';

let server: PostgresServer;
let instrumentation: PostgresInstrumentation;
let pool: pg.Pool;
let announced: object[];

beforeAll(async () => {
  server = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation();
  instrument(pg);
});
beforeEach(async () => {
  announced = [];
  const stop = onPool((opened) => announced.push(opened));
  pool = new pg.Pool({ connectionString: server.url });
  await pool.query('select 1');
  stop();
});
afterEach(async () => {
  // `end` resolves before the connections are closed. A server that stops meanwhile is an error without a listener.
  const open = pool.totalCount;
  let closed = 0;
  const areClosed = new Promise<void>((resolve) => {
    pool.on('remove', () => {
      closed += 1;
      if (closed === open) resolve();
    });
  });
  await pool.end();
  await areClosed;
});
afterAll(async () => {
  instrumentation.disable();
  await server.stop();
});

it('a pool that serves queries and connections does not report them', async () => {
  const reported = jest.spyOn(telemetry() as Telemetry, 'acquireStarted');
  await pool.query('select 1');
  (await pool.connect()).release();
  await new Promise<void>((resolve) => {
    pool.connect((_error, _client, release) => {
      release();
      resolve();
    });
  });
  expect(reported).not.toHaveBeenCalled();
  reported.mockRestore();
});

it('a pool is announced although nothing consumes telemetry', () => {
  expect(announced).toEqual([pool]);
});

it('releases reach a program that subscribes to their channel only', async () => {
  const messages: ConnectionReleaseMessage[] = [];
  const listener = (message: unknown) => messages.push(message as ConnectionReleaseMessage);
  subscribe(CHANNELS.connectionRelease, listener);
  try {
    await pool.query('select 1');
  } finally {
    unsubscribe(CHANNELS.connectionRelease, listener);
  }
  expect(messages).toEqual([{ poolName: expect.stringContaining('shop'), useSeconds: expect.any(Number) }]);
});

it('an SDK that starts later has the metrics of pools that were opened before', async () => {
  const recorder = startRecorder();
  const held = await pool.connect();
  instrumentation.setMeterProvider(recorder.meterProvider);
  await pool.query('select 1');
  const points = await recorder.points();
  held.release();

  const names = new Set(points.map(({ name }) => name));
  expect(names).toContain('db.client.connection.wait_time');
  const used = points.filter(
    ({ name, attributes }) =>
      name === 'db.client.connection.count' && attributes['db.client.connection.state'] === 'used',
  );
  expect(used).toEqual([expect.objectContaining({ value: 1 })]);

  await recorder.shutdown();
});
