import { pollUntil } from '@pg-otel/testkit';
import pg from 'pg';
import { diagnosed, diagnosisOf, lockRow, UPDATE } from './diagnosis-stage';
import { type Instrumented, startInstrumented } from './instrumented';

/** After a failure, a database and role are not asked for 30 s: each test has its own role. */
const ROLES = [
  'rotated',
  'forgetful',
  'slow',
  'blocking',
  'limited',
  'quiet',
  'restricted',
  'frozen',
] as const;

let shop: Instrumented;
let admin: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
  shop.configure({ slowAfter: [0.2] });
  admin = new pg.Client({ connectionString: shop.server.url });
  admin.on('error', () => {});
  await admin.connect();
  await (await lockRow(shop))();
  for (const role of ROLES) {
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT ALL ON accounts TO ${role}`);
  }
});
beforeEach(() => {
  shop.recorder.clear();
  warnings().length = 0;
});
afterAll(async () => {
  await admin.end();
  await shop.stop();
});

/** The warnings of this process that the diagnosis is not possible. */
const warnings = () => (process.emitWarning as unknown as jest.Mock).mock.calls;
const notDiagnosed = () =>
  warnings()
    .filter(([, options]) => options?.code === 'PG_OTEL_NOT_DIAGNOSED')
    .map(([message]) => message);

const settings = (user: (typeof ROLES)[number]) => {
  const { host, port, database } = shop.server;
  return { host, port, database, user, password: 'secret' };
};

async function connect(user: (typeof ROLES)[number], options: object = {}): Promise<pg.Client> {
  const client = new pg.Client({ ...settings(user), ...options });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const update = (client: pg.Client) => diagnosisOf(shop, () => client.query(UPDATE));

it('reports once that a password is not accepted any more, and does not try again soon', async () => {
  const client = await connect('rotated');
  await admin.query("ALTER ROLE rotated PASSWORD 'another'");
  const unavailable = {
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'a connection was refused (28P01)',
  };
  expect(await update(client)).toMatchObject(unavailable);
  expect(await update(client)).toMatchObject(unavailable);
  await client.end();
  expect(notDiagnosed()).toEqual([
    expect.stringContaining('why queries are slow: a connection was refused (28P01).'),
  ]);
  expect(shop.server.log().match(/password authentication failed for user "rotated"/g)).toHaveLength(1);
});

it('survives a password function that fails', async () => {
  let calls = 0;
  const password = async () => {
    calls += 1;
    if (calls > 1) throw new Error('the vault is closed: hunter2');
    return 'secret';
  };
  const pool = new pg.Pool({ ...settings('forgetful'), password });
  expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject({
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'a connection was refused',
  });
  await pool.end();
  expect(JSON.stringify([notDiagnosed(), shop.recorder.events()])).not.toContain('hunter2');
});

it('does not blame the server for a password function that does not return', async () => {
  let calls = 0;
  const password = () => {
    calls += 1;
    return calls > 1 ? new Promise<string>(() => {}) : 'secret';
  };
  const pool = new pg.Pool({ ...settings('slow'), password });
  expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject({
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'the password function did not return within 2 s',
  });
  await pool.end();
});

it('does not blame the server for an event loop that is blocked while the connection is opened', async () => {
  let calls = 0;
  const password = () => {
    calls += 1;
    const blockedUntil = calls > 1 ? performance.now() + 3000 : 0;
    while (performance.now() < blockedUntil);
    return 'secret';
  };
  const pool = new pg.Pool({ ...settings('blocking'), password });
  expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject({
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.kinds': ['lock'],
  });
  await pool.end();
});

it('finds that no connection slots are left', async () => {
  await admin.query('ALTER ROLE limited CONNECTION LIMIT 1');
  const client = await connect('limited');
  expect(await update(client)).toMatchObject({
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.kinds': ['slots_exhausted'],
  });
  await client.end();
  expect(notDiagnosed()).toEqual([]);
});

it('asks a server that does not track activities', async () => {
  await admin.query('ALTER ROLE quiet SET track_activities = off');
  const client = await connect('quiet');
  expect(await update(client)).toMatchObject({ 'pg_otel.diagnosis': expect.stringMatching(/found|nothing/) });
  await client.end();
});

it('survives a server that refuses the question', async () => {
  await admin.query('REVOKE EXECUTE ON FUNCTION pg_blocking_pids FROM PUBLIC');
  const client = await connect('restricted');
  expect(await update(client)).toMatchObject({
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'the question was refused (42501)',
  });
  await client.end();
  await admin.query('GRANT EXECUTE ON FUNCTION pg_blocking_pids TO PUBLIC');
});

it('finds that a server does not answer', async () => {
  const client = await connect('frozen');
  const unfreeze = shop.server.freeze();
  const query = client.query('UPDATE accounts SET balance = 1 WHERE id = 8');
  await pollUntil(async () => diagnosed(shop).length > 0);
  unfreeze();
  await query;
  await client.end();
  expect(diagnosed(shop)[0]?.attributes).toMatchObject({
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.kinds': ['unreachable'],
  });
});

it('does not disturb the application when the server crashes', async () => {
  const pool = new pg.Pool({ connectionString: shop.server.url });
  pool.on('error', () => {});
  await lockRow(shop);
  const query = pool.query(UPDATE);
  const failed = expect(query).rejects.toThrow('Connection terminated unexpectedly');
  await pollUntil(async () => diagnosed(shop).length > 0);
  await shop.server.crash();
  await failed;
  await shop.server.restart();
  expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject({ 'pg_otel.diagnosis': 'found' });
  await pool.end();
  expect(notDiagnosed()).toEqual([]);
});
