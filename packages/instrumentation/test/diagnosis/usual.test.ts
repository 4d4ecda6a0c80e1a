import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import type { Backend } from '../../src/diagnosis/answer';
import { usualFindings } from '../../src/diagnosis/usual';
import { answerAbout, subjectOf } from './executing';
import { openSide, type TestSide } from './side';

const settings = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' };

let server: PostgresServer;
let superuser: pg.Client;
let side: TestSide;

beforeAll(async () => {
  server = await startPostgres({ settings });
  superuser = new pg.Client(server.url);
  await superuser.connect();
  await superuser.query(`create schema "Odd ""stats"; create extension pg_stat_statements schema "Odd ""stats";
    create role web login password 'secret'; grant usage on schema "Odd ""stats" to web; create role reports login password 'secret';
    create table orders (id int, secret text)`);
  await superuser.query('grant all on orders to public');
});

afterAll(async () => {
  await superuser.end();
  await server.stop();
});

beforeEach(async () => {
  side = await openSide(configOf('web'));
});

afterEach(() => side.end());

const configOf = (user: string) => ({ connectionString: server.url.replace('app:secret', `${user}:secret`) });

/** Executes a statement several times as a role. */
async function execute(text: string, calls: number, user = 'web'): Promise<void> {
  const client = new pg.Client(configOf(user));
  await client.connect();
  for (let call = 0; call < calls; call += 1) await client.query(text);
  await client.end();
}

async function queryIdOf(text: string): Promise<string> {
  const statements = '"Odd ""stats".pg_stat_statements';
  const { rows } = await superuser.query(`select queryid from ${statements} where query = $1 limit 1`, [
    text,
  ]);
  return rows[0].queryid;
}

const find = async (backend: Partial<Backend>, from = side) => {
  const [finding] = await usualFindings(from, subjectOf('select 1'), answerAbout(backend));
  return finding;
};

it('states how long ended calls of the statement took', async () => {
  await execute('select count(*) from orders', 6);
  const queryId = await queryIdOf('select count(*) from orders');
  expect(await find({ queryId })).toEqual({
    kind: 'usual',
    certainty: 'proven',
    sentence: expect.stringMatching(
      /^usually takes \d+(\.\d)? ms \(the mean of 6 calls\), at most \d+(\.\d)? m?s$/,
    ),
  });
});

it('is asked for once in a while: for its place once, and for each statement once', async () => {
  await execute('select max(id) from orders', 5);
  await execute('select min(id) from orders', 5);
  const one = { queryId: await queryIdOf('select max(id) from orders') };
  const other = { queryId: await queryIdOf('select min(id) from orders') };
  expect(await find(one)).toEqual(await find(one));
  await find(other);
  expect(side.asked).toHaveLength(3);
});

it('is found with an empty search path, and the server logs no error', async () => {
  await execute('select count(id) from orders', 5);
  const strict = await openSide({ ...configOf('web'), options: '-c search_path=' });
  try {
    const queryId = await queryIdOf('select count(id) from orders');
    expect(await find({ queryId }, strict)).toMatchObject({ kind: 'usual' });
  } finally {
    await strict.end();
  }
  expect(server.log()).not.toMatch(/ERROR/);
});

it('reads no texts', async () => {
  await find({ queryId: '1' });
  expect(side.asked.join()).toContain('pg_stat_statements(false)');
  expect(side.asked.join()).not.toContain('pg_stat_statements(true)');
});

describe('nothing is usual', () => {
  it('for a statement with few calls', async () => {
    await execute('select id from orders where id = 1', 4);
    expect(await find({ queryId: await queryIdOf('select id from orders where id = $1') })).toBeUndefined();
  });

  it('if only other roles, whose statistics are hidden, have executed it', async () => {
    await execute('select secret from orders', 10, 'reports');
    expect(await find({ queryId: await queryIdOf('select secret from orders') })).toBeUndefined();
  });

  it.each([
    ['the server computes no number of it', { queryId: undefined }],
    ['the session does not execute it', { queryId: '1', state: 'idle' }],
    ['the session executes another text', { queryId: '1', isSameText: false }],
    ['its number is not one', { queryId: '1 or true' }],
  ])('if %s: the server is not asked', async (_, backend) => {
    expect(await find(backend)).toBeUndefined();
    expect(side.asked).toEqual([]);
  });

  it('if several sessions may execute it, with different numbers', async () => {
    const answer = answerAbout({ queryId: '1' }, { queryId: '2' });
    expect(await usualFindings(side, subjectOf('select 1'), answer)).toEqual([]);
    expect(side.asked).toEqual([]);
  });

  it('without a right to the extension, and the server logs no error', async () => {
    const reports = await openSide(configOf('reports'));
    try {
      expect(await find({ queryId: '1' }, reports)).toBeUndefined();
      expect(reports.asked).toHaveLength(1);
    } finally {
      await reports.end();
    }
    expect(server.log()).not.toMatch(/ERROR/);
  });

  it('without the extension, and the server logs no error', async () => {
    await superuser.query('create database empty');
    const empty = await openSide({
      ...configOf('web'),
      connectionString: configOf('web').connectionString.replace(/\/app$/, '/empty'),
    });
    try {
      expect(await find({ queryId: '1' }, empty)).toBeUndefined();
      expect(empty.asked).toHaveLength(1);
    } finally {
      await empty.end();
    }
    expect(server.log()).not.toMatch(/ERROR/);
  });
});

it('the extension without its library is not called', async () => {
  const other = await startPostgres({ settings: { compute_query_id: 'on' } });
  const client = new pg.Client(other.url);
  await client.connect();
  await client.query('create extension pg_stat_statements');
  const otherSide = await openSide({ connectionString: other.url });
  try {
    expect(await find({ queryId: '1' }, otherSide)).toBeUndefined();
    expect(other.log()).not.toMatch(/ERROR/);
  } finally {
    await Promise.all([client.end(), otherSide.end()]);
    await other.stop();
  }
});
