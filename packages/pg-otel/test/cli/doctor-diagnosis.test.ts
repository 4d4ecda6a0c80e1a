/** The check `diagnosis` of `pg-otel doctor --query`, with roles and settings as applications have them. */
import path from 'node:path';
import { type PostgresServer, repository, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { checkDiagnosis } from '../../src/cli/doctor/diagnosis';

const PASSWORD = 'secret';
const FREE = 7;

let server: PostgresServer;
const clients: pg.Client[] = [];

const urlOf = (role: string) =>
  `postgresql://${role}:${PASSWORD}@${server.host}:${server.port}/${server.database}`;

/** Opens a connection that lasts until the end of the test. */
async function open(role: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOf(role) });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function diagnosisAs(role: string, env: Readonly<Record<string, string>> = {}) {
  const before = { ...process.env };
  Object.assign(process.env, { DATABASE_URL: urlOf(role), ...env });
  try {
    return await checkDiagnosis(path.join(repository, 'packages/pg-otel'));
  } finally {
    process.env = before;
  }
}

beforeAll(async () => {
  server = await startPostgres({
    database: 'shop',
    settings: { max_connections: FREE + 3, shared_preload_libraries: 'pg_stat_statements' },
  });
  await asSuperuser(
    ...['web', 'billing', 'monitor', 'silent'].map(
      (role) => `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`,
    ),
    'GRANT pg_read_all_stats TO monitor',
    'ALTER ROLE silent SET track_activities = off',
  );
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
});
afterAll(() => server.stop());

it('one role for all processes needs no grant', async () => {
  await open('web');
  expect(await diagnosisAs('web')).toEqual({
    check: 'diagnosis',
    status: 'ok',
    message:
      'the server can be asked why a query is slow; all sessions are of this role; ' +
      'usual durations are not known (pg_stat_statements)',
    details: {
      hasTexts: true,
      readsAll: false,
      otherRoles: 0,
      hasStatements: false,
      freeConnections: FREE - 2,
      isPooled: false,
    },
  });
});

it('several roles in one database: what the others do is hidden until it is granted', async () => {
  await open('billing');
  expect(await diagnosisAs('web')).toMatchObject({
    status: 'note',
    message: '1 other role is connected to this database, and what their sessions do is hidden',
    advice: expect.stringMatching(/^GRANT pg_read_all_stats to the role, unless .*explain-slow-queries\.md$/),
  });
  expect(await diagnosisAs('monitor')).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('; all sessions are visible; '),
  });
});

it('usual durations are known with pg_stat_statements, in any schema', async () => {
  await asSuperuser(
    'CREATE SCHEMA "My Statistics"',
    'GRANT USAGE ON SCHEMA "My Statistics" TO web',
    'CREATE EXTENSION pg_stat_statements SCHEMA "My Statistics"',
  );
  expect(await diagnosisAs('web')).toMatchObject({
    status: 'ok',
    message: expect.stringMatching(/; usual durations are known$/),
  });
  await asSuperuser('DROP EXTENSION pg_stat_statements');
});

it('without track_activities, sessions have no state', async () => {
  expect(await diagnosisAs('silent')).toMatchObject({
    status: 'note',
    advice: 'Set track_activities = on, the default.',
  });
});

it('the last connection is in use', async () => {
  for (let taken = 1; taken < FREE; taken++) await open('web');
  expect(await diagnosisAs('web')).toMatchObject({
    status: 'note',
    message: 'no connection is left to ask why a query is slow',
  });
  await open('web');
  expect(await diagnosisAs('web')).toMatchObject({
    status: 'skipped',
    message: 'the server cannot be asked why a query is slow: 53300',
  });
});

it('turned off', async () => {
  expect(await diagnosisAs('web', { PG_OTEL_DIAGNOSE: 'off' })).toMatchObject({
    status: 'note',
    message: 'slow queries are not explained (PG_OTEL_DIAGNOSE)',
  });
});

it('a refused password is not repeated', async () => {
  const finding = await diagnosisAs('nobody');
  expect(finding).toMatchObject({ status: 'skipped', message: expect.stringMatching(/: 28P01$/) });
  expect(JSON.stringify(finding)).not.toContain(PASSWORD);
});
