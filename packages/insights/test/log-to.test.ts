import { Console } from 'node:console';
import { channel } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import {
  CHANNELS,
  type PoolHealthMessage,
  type PoolRecoveryMessage,
  type PoolResizeMessage,
} from '@pg-otel/instrumentation/channels';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import pino from 'pino';
import winston from 'winston';
import { type Logger, logTo } from '../src';

let postgres: PostgresServer;
let instrumentation: PostgresInstrumentation;
let stop = () => {};

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation({ slowAfter: [0.1, 5], poolNames: () => 'shop' });
  instrument(pg);
});
afterEach(() => stop());
afterAll(async () => {
  instrumentation.disable();
  await postgres.stop();
});

/** A slow query, a failed query and a failed connection. */
async function program(): Promise<void> {
  const pool = new pg.Pool({ connectionString: postgres.url });
  await pool.query('SELECT pg_sleep(0.3)');
  await pool.query('SELECT missing').catch(() => {});
  await pool.end();
  const refused = new pg.Client({ host: '127.0.0.1', port: 1 });
  await refused.connect().catch(() => {});
}

function lines(): { stream: Writable; read(): string[] } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(...String(chunk).trim().split('\n'));
      done();
    },
  });
  return { stream, read: () => written };
}

/** On a busy machine, opening a connection is slow, too. The reason why a query is slow may come too late. */
const isOfQueryOrFailure = ({ summary, error_type, msg, event }: Record<string, unknown>): boolean =>
  event !== 'pg_otel.operation.diagnosed' &&
  ([summary, error_type].some((value) => value !== undefined) || msg === 'of the application');

const slow = {
  event: 'pg_otel.operation.slow',
  summary: 'SELECT',
  pool: 'shop',
  duration_seconds: expect.any(Number),
};

it('pino gets the sentence with fields, at the level of the event', async () => {
  const { stream, read } = lines();
  const logger = pino({}, stream);
  stop = logTo(logger);
  logger.info('of the application');
  await program();
  await pollUntil(async () => read().some((line) => line.includes('ECONNREFUSED')));
  const entries = read()
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(isOfQueryOrFailure);
  expect(entries).toEqual([
    expect.objectContaining({ level: 30, msg: 'of the application' }),
    expect.objectContaining({
      level: 40,
      msg: expect.stringContaining('SELECT has been running for'),
      ...slow,
    }),
    expect.objectContaining({ level: 30, event: 'pg_otel.operation.ended' }),
    expect.objectContaining({
      level: 50,
      event: 'db.client.operation.exception',
      error_type: 'ECONNREFUSED',
    }),
  ]);
});

it('winston gets them as metadata', async () => {
  const { stream, read } = lines();
  const transport = new winston.transports.Stream({ stream });
  stop = logTo(winston.createLogger({ transports: [transport], format: winston.format.json() }));
  await program();
  const isSlow = (line: string) => line.includes('"summary"') && line.includes('slow');
  expect(JSON.parse(await pollUntil(async () => read().find(isSlow)))).toEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('SELECT'), ...slow }),
  );
});

it('another logger gets a text', async () => {
  const logger = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  stop = logTo(logger);
  await program();
  await pollUntil(async () => logger.error.mock.calls.length > 0);
  const ofQueries = logger.warn.mock.calls.filter(([text]) => text.includes('summary='));
  expect(ofQueries).toEqual([
    [
      expect.stringMatching(
        /^pg-otel: SELECT has been running for .* summary=SELECT duration_seconds=\S+ pool=shop$/,
      ),
    ],
  ]);
});

it('a name with line ends and control sequences stays in one line', async () => {
  const logger = { info: jest.fn(), warn: jest.fn<void, [string]>(), error: jest.fn() };
  stop = logTo(logger);
  const pool = new pg.Pool({ connectionString: postgres.url });
  await pool.query('CREATE TABLE "a\nERROR root\u001b[2J" AS SELECT 1');
  await pool.query('SELECT pg_sleep(0.3) FROM "a\nERROR root\u001b[2J"');
  await pool.end();
  const [text] = logger.warn.mock.calls.map(([line]) => line).filter((line) => line.includes('root'));
  const name = '"a\\u000aERROR root\\u001b[2J"';
  expect(text).toContain(`pg-otel: SELECT ${name} has been running for`);
  expect(text).toContain(`summary=SELECT ${name} duration_seconds=`);
  expect(text).toMatch(/^[^\p{Cc}]+$/u);
});

it('a logger that throws does not disturb the application', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const fail = () => {
    throw new RangeError('full');
  };
  stop = logTo({ info: fail, warn: fail, error: fail });
  await program();
  expect(warning.mock.calls).toEqual([[expect.stringContaining('RangeError'), expect.anything()]]);
  warning.mockRestore();
});

/** What `@pg-otel/pool` publishes. */
function outage(): void {
  const pool = { poolName: 'shop', serverAddress: 'db', serverPort: 5432, namespace: 'shop' };
  const down: PoolHealthMessage = {
    ...pool,
    state: 'down',
    previous: 'up',
    since: 0,
    consecutiveFailures: 3,
    errorType: 'ECONNREFUSED',
  };
  const up: PoolHealthMessage = {
    ...down,
    state: 'up',
    previous: 'down',
    consecutiveFailures: 0,
    errorType: undefined,
  };
  const recovery: PoolRecoveryMessage = { ...pool, durationSeconds: 12.34, connections: 4 };
  const resize: PoolResizeMessage = {
    ...pool,
    from: 4,
    to: 6,
    reason: 'waits',
    explanation: 'requests wait for 40 ms on average',
    figures: { meanWaitSeconds: 0.04 },
    isApplied: true,
  };
  channel(CHANNELS.poolHealth).publish(down);
  channel(CHANNELS.poolRecovery).publish(recovery);
  channel(CHANNELS.poolHealth).publish(up);
  channel(CHANNELS.poolResize).publish(resize);
}

it('the health, recovery and size of a managed pool are logged at the level of their severity', () => {
  const { stream, read } = lines();
  stop = logTo(pino({ base: null, timestamp: false }, stream));
  outage();
  expect(read().map((line) => JSON.parse(line))).toEqual([
    {
      level: 40,
      event: 'pg_otel.connection.health.changed',
      pool: 'shop',
      error_type: 'ECONNREFUSED',
      msg: 'The health of pool shop is down after 3 failures in a row (ECONNREFUSED), was up',
    },
    {
      level: 30,
      event: 'pg_otel.pool.recovered',
      pool: 'shop',
      duration_seconds: 12.34,
      msg: 'Pool shop recovered after 12.3 s, 4 connections opened again',
    },
    {
      level: 30,
      event: 'pg_otel.connection.health.changed',
      pool: 'shop',
      msg: 'The health of pool shop is up, was down',
    },
    {
      level: 30,
      event: 'pg_otel.pool.resized',
      pool: 'shop',
      msg: 'The limit of pool shop was raised from 4 to 6: requests wait for 40 ms on average',
    },
  ]);
});

const LISTENED = ['uncaughtException', 'unhandledRejection', 'warning', 'exit', 'beforeExit'];

/** What an application logs and catches, and what it could see of `logTo`. */
async function observed(create: (stream: Writable) => Logger, isFollowed: boolean) {
  const { stream, read } = lines();
  const logger = create(stream);
  const { info, error } = logger as { info(text: string): void; error(text: string): void };
  const seen = () => ({
    keys: Object.keys(logger),
    isSame: logger.info === info && logger.error === error,
    ofStream: stream.eventNames().map((name) => [name, stream.listenerCount(name)]),
    ofProcess: LISTENED.map((name) => process.listenerCount(name)),
  });
  const before = seen();
  if (isFollowed) stop = logTo(logger);
  expect(seen()).toEqual(before);
  const errors: unknown[] = [];
  const report = (failure: Error & { code?: string }) => {
    errors.push([failure.constructor.name, failure.message, failure.code, Object.keys(failure)]);
    error.call(logger, `failed with ${failure.code}`);
  };
  info.call(logger, 'started');
  const pool = new pg.Pool({ connectionString: postgres.url });
  await pool.query('SELECT pg_sleep(0.3)');
  await pool.query('SELECT missing').catch(report);
  await pool.end();
  await new pg.Client({ host: '127.0.0.1', port: 1 }).connect().catch(report);
  info.call(logger, 'that is all');
  stop();
  // winston writes later.
  await pollUntil(async () => read().some((line) => line.includes('that is all')));
  expect(seen()).toEqual({ ...before, ofStream: expect.anything() });
  const isOurs = (line: string) => /"event":"|pg-otel: /.test(line);
  return { errors, ours: read().filter(isOurs), others: read().filter((line) => !isOurs(line)) };
}

it.each<[string, (stream: Writable) => Logger]>([
  ['pino', (stream) => pino({ base: null, timestamp: false }, stream)],
  [
    'winston',
    (stream) =>
      winston.createLogger({
        transports: [new winston.transports.Stream({ stream })],
        format: winston.format.json(),
      }),
  ],
  ['console', (stream) => new Console(stream) as Logger],
])(
  'the lines and the errors of an application with %s are the same with and without it',
  async (_, create) => {
    const without = await observed(create, false);
    const followed = await observed(create, true);
    expect([without.ours.length, without.others.length, without.errors.length]).toEqual([0, 4, 2]);
    expect(followed).toEqual({ ...without, ours: expect.anything() });
    expect(followed.ours.length).toBeGreaterThan(1);
  },
);

it('nothing is logged after its end', async () => {
  const logger = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  logTo(logger)();
  await program();
  expect(logger.error).not.toHaveBeenCalled();
});

it('an object that is no logger is refused', () => {
  expect(() => logTo({} as never)).toThrow('logger must have the methods info, warn and error');
});
