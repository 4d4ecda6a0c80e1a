import { type CapturedSpan, exportTo, freePort, startFixture } from '@pg-otel/testkit';
import { capture, captureTelemetry, type Driver, play, stageEnvironment } from './pglite';

captureTelemetry();

const driver: Driver = { installation: 'otel-2/pglite-socket', node: process.execPath };

/** The database, and a server in front of it. */
const SERVER = `
  const { PGLiteSocketServer } = require('@electric-sql/pglite-socket');
  const { create } = require(process.env.PGLITE_STAGE);
  async function serve(port) {
    const db = await create();
    const server = new PGLiteSocketServer({ db, port, maxConnections: 2 });
    await server.start();
    return { db, server };
  }
`;

const CLIENTS = `
  const { trace } = require('@opentelemetry/api');
  const pg = require('pg');
  const postgres = require('postgres');
  async function query(port, ask = async () => {}) {
    const settings = { host: '127.0.0.1', port, user: 'postgres', password: 'any', database: 'postgres', max: 1 };
    const pool = new pg.Pool(settings);
    const sql = postgres(settings);
    await trace.getTracer('application').startActiveSpan('application', async (span) => {
      await pool.query('SELECT $1::int AS by_pg', [1]);
      await sql\`SELECT \${1}::int AS by_postgres_js\`;
      await sql.begin((tx) => tx\`SELECT 1 AS in_transaction\`);
      await pool.query('SELECT * FROM missing').catch(({ code }) => console.log(code));
      await ask();
      span.end();
    });
    await Promise.all([pool.end(), sql.end()]);
  }
`;

/** The statements below the span of the application, and the names of the others. */
function reported(): { readonly statements: unknown[][]; readonly others: string[] } {
  const application = capture.spans().find(({ name }) => name === 'application');
  const spans = capture.spans().filter(({ attributes }) => 'db.query.text' in attributes);
  const isOfApplication = (span: CapturedSpan) => span.parentSpanId === application?.spanId;
  return {
    statements: spans
      .filter(isOfApplication)
      .map(({ attributes }) => [attributes['server.port'], attributes['db.query.text']])
      .sort(byText),
    others: spans
      .filter((span) => !isOfApplication(span))
      .map(({ name }) => name)
      .sort(),
  };
}

const byText = ([, one]: unknown[], [, other]: unknown[]) => (String(one) < String(other) ? -1 : 1);

/** The questions for the array types: of PGlite, which asks when it starts, and of Postgres.js. */
const OTHERS = ['SELECT', 'select'].map((verb) => `${verb} pg_catalog.pg_type pg_catalog.pg_type`);

const sent = (port: number) => [
  [port, 'SELECT $1::int AS by_pg'],
  [port, 'SELECT $1::int AS by_postgres_js'],
  [port, 'begin '],
  [port, 'SELECT ? AS in_transaction'],
  [port, 'commit'],
  [port, 'SELECT * FROM missing'],
];

describe('a socket server in front of PGlite', () => {
  it('in the process of its clients: each statement has one span, that of its client', async () => {
    const port = await freePort();
    const { stdout } = await play(driver, {
      source: `${SERVER}${CLIENTS}
        (async () => {
          const { db, server } = await serve(${port});
          await query(${port}, () => db.query('SELECT $1::int AS direct', [1]));
          await server.stop();
          await db.close();
        })();`,
    });
    expect(stdout).toBe('42P01\n');
    const direct = [undefined, 'SELECT $1::int AS direct'];
    expect(reported()).toEqual({ statements: [...sent(port), direct].sort(byText), others: OTHERS });
  });

  it('in another process, which is instrumented too: each statement has one span, that of its client', async () => {
    const port = await freePort();
    const server = startFixture({
      ...driver,
      nodeArgs: ['--import', 'pg-otel/register'],
      type: 'commonjs',
      source: `${SERVER}
        serve(${port}).then(() => console.log('serving'));`,
      env: { ...exportTo(capture), ...stageEnvironment(driver, 'CommonJS') },
    });
    await server.waitForOutput('serving');
    await play(driver, { source: `${CLIENTS} query(${port});` });
    server.kill('SIGTERM');
    await server.ended;
    expect(reported()).toEqual({ statements: sent(port).sort(byText), others: OTHERS });
  });
});
