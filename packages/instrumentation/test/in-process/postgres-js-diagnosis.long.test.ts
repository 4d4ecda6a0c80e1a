import * as net from 'node:net';
import { trace } from '@opentelemetry/api';
import { freePort, pollUntil } from '@pg-otel/testkit';
import { diagnosed, diagnosisOf, lockRow, UPDATE } from './diagnosis-stage';
import { type Instrumented, startInstrumented } from './instrumented';
import { endAll, loadPostgresJs, opener, type Sql } from './postgres-js';

/** Each test has its own role: the connection for questions of one role is kept. */
const ROLES = [
  'plain',
  'prepared',
  'limited',
  'secure',
  'local',
  'listed',
  'commenting',
  'own',
  'quiet',
] as const;

let shop: Instrumented;
let open: ReturnType<typeof opener>;
let admin: Sql;

beforeAll(async () => {
  shop = await startInstrumented({
    tls: true,
    hba: ['hostssl all secure all scram-sha-256', 'host all secure all reject'],
  });
  open = opener(loadPostgresJs(), shop);
  admin = open({ max: 1 });
  for (const role of ROLES) await admin.unsafe(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD 'secret'`);
  await (await lockRow(shop))();
  await endAll();
});
beforeEach(() => {
  shop.configure({ slowAfter: [0.2], poolNames: () => 'shop' });
  shop.recorder.clear();
});
afterEach(async () => {
  await endAll();
  expect(shop.recorder.openSpans()).toEqual([]);
});
afterAll(() => shop.stop());

type Options = Parameters<typeof open>[0];

const openAs = (user: (typeof ROLES)[number], options: Options = {}): Sql =>
  open({ user, pass: 'secret', max: 1, ...options });

const FOUND = {
  'pg_otel.diagnosis': 'found',
  'pg_otel.diagnosis.certainty': 'proven',
  'pg_otel.diagnosis.reason': expect.stringMatching(
    /^has waited .* of `accounts`, held by .*whose transaction has been idle for/,
  ),
};

const update = (sql: Sql) => diagnosisOf(shop, () => sql.unsafe(UPDATE).execute());

describe('the reason is found for a query of Postgres.js', () => {
  it('that is sent as text', async () => {
    expect(await update(openAs('plain'))).toMatchObject(FOUND);
  });

  it('with bound values', async () => {
    const sql = openAs('prepared');
    const query = () => sql`UPDATE accounts SET balance = balance + ${1} WHERE id = ${7}`.execute();
    expect(await diagnosisOf(shop, query)).toMatchObject(FOUND);
    expect(await diagnosisOf(shop, query)).toMatchObject(FOUND);
  });

  it('of a transaction, with a timeout, a schema and functions of the application', async () => {
    const sql = openAs('limited', {
      connection: { statement_timeout: 60_000, application_name: 'shop', search_path: 'public' },
      transform: { column: (name) => `column ${name}`, value: () => 'a value', row: () => 'a row' },
      types: { number: { to: 23, from: [23, 25], serialize: String, parse: () => 'a number' } },
      // With these functions, the driver cannot read the array types.
      fetch_types: false,
      prepare: false,
    } as Options);
    const query = () => sql.begin((tx) => tx.unsafe(UPDATE));
    expect(await diagnosisOf(shop, query)).toMatchObject(FOUND);
  });

  it('over TLS, with a password function, which is called for each connection', async () => {
    const pass = jest.fn(async () => 'secret');
    const sql = openAs('secure', {
      host: 'localhost',
      port: shop.server.port,
      ssl: { ca: shop.server.ca },
      pass,
    } as unknown as Options);
    expect(await update(sql)).toMatchObject(FOUND);
    expect(pass).toHaveBeenCalledTimes(2);
  });

  it('over a Unix socket', async () => {
    const { socketFolder, port } = shop.server;
    expect(await update(openAs('local', { path: `${socketFolder}/.s.PGSQL.${port}` }))).toMatchObject(FOUND);
  });

  it('of an instance with several hosts', async () => {
    const port = [await freePort(), shop.server.port];
    const sql = openAs('listed', { host: ['127.0.0.1', '127.0.0.1'], port } as unknown as Options);
    expect(await update(sql)).toMatchObject(FOUND);
  });

  it('with a comment', async () => {
    shop.configure({ slowAfter: [0.2], poolNames: () => 'shop', sqlComments: true });
    const sql = openAs('commenting');
    await trace.getTracer('test').startActiveSpan('application', async (span) => {
      expect(await update(sql)).toMatchObject(FOUND);
      span.end();
    });
  });
});

it('finds that a request waits for a transaction that it holds open itself', async () => {
  const sql = openAs('own', { max: 2 });
  await trace.getTracer('test').startActiveSpan('application', async (span) => {
    let query: Promise<unknown> = Promise.resolve();
    await sql.begin(async (tx) => {
      await tx.unsafe(UPDATE);
      query = sql.unsafe(UPDATE).execute();
      await pollUntil(async () => diagnosed(shop).length > 0);
    });
    await query;
    span.end();
  });
  expect(diagnosed(shop)[0]?.attributes).toMatchObject({
    'pg_otel.diagnosis.kinds': expect.arrayContaining(['blocked_by_itself']),
    'pg_otel.diagnosis.certainty': 'proven',
  });
});

it('the connection for questions has no telemetry', async () => {
  const sql = openAs('quiet');
  expect(await update(sql)).toMatchObject(FOUND);
  const [sessions] = await sql`
    SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pg-otel' AND usename = 'quiet'`;
  expect(sessions).toEqual({ n: 1 });
  const names = shop.recorder.spans().map(({ name }) => name);
  // Of the query, and of the client that holds the lock.
  expect(names.filter((name) => name.startsWith('connect '))).toHaveLength(2);
  expect(names.filter((name) => /^(SELECT|set)/i.test(name))).toEqual([
    'select pg_catalog.pg_type pg_catalog.pg_type',
    'SELECT pg_stat_activity',
  ]);
  const limits = await shop.points('db.client.connection.limit');
  // Pools of other tests have ended.
  expect(limits.filter(({ value }) => value > 0)).toMatchObject([{ value: 1 }]);
});

it('does not imitate a connection over a socket of the application', async () => {
  const socket = () =>
    new Promise((resolve) => {
      const connected = net.connect(shop.server.port, shop.server.host, () => resolve(connected));
    });
  expect(await update(open({ max: 1, socket } as Options))).toMatchObject({
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'the connection uses a stream of the application',
  });
});
