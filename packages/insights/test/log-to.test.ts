import { Writable } from 'node:stream';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import pino from 'pino';
import winston from 'winston';
import { logTo } from '../src';

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

it('nothing is logged after its end', async () => {
  const logger = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  logTo(logger)();
  await program();
  expect(logger.error).not.toHaveBeenCalled();
});

it('an object that is no logger is refused', () => {
  expect(() => logTo({} as never)).toThrow('logger must have the methods info, warn and error');
});
