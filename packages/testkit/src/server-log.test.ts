import { Client } from 'pg';
import Cursor from 'pg-cursor';
import { type PostgresServer, startPostgres } from './postgres';
import { readServerLog } from './server-log';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { log_statement: 'all', log_connections: 'on' } });
  const client = new Client(postgres.url);
  await client.connect();
  await client.query('SELECT 1; SELECT 2');
  await client.query('SELECT $1::text\n\tAS tea', ['execute LOG:  statement: no']);
  await client.query({ name: 'named', text: 'SELECT $1::int', values: [1] });
  const cursor = client.query(new Cursor('SELECT generate_series(1, 3)'));
  while ((await cursor.read(1)).length > 0);
  await client.query('SELECT 1/0').catch(() => undefined);
  await client.query('CREATE DATABASE other');
  await client.end();

  const asking = new Client({ connectionString: postgres.url, application_name: 'pg-otel' });
  await asking.connect();
  await asking.query('SELECT 4');
  await asking.end();

  const other = new Client(postgres.url.replace(/app$/, 'other'));
  await other.connect();
  await other.query('SELECT 3');
  await other.end();
});
afterAll(() => postgres.stop());

describe("the server's log", () => {
  it('has each statement as it was sent, once', () => {
    expect(readServerLog(postgres.log(), 'app').statements).toEqual([
      { text: 'SELECT 1; SELECT 2', protocol: 'simple' },
      { text: 'SELECT $1::text\n\tAS tea', protocol: 'extended' },
      { text: 'SELECT $1::int', protocol: 'extended' },
      { text: 'SELECT generate_series(1, 3)', protocol: 'extended' },
      { text: 'SELECT 1/0', protocol: 'simple' },
      { text: 'CREATE DATABASE other', protocol: 'simple' },
    ]);
  });

  it('counts what failed, and connections', () => {
    expect(readServerLog(postgres.log(), 'app')).toMatchObject({ failedStatements: 1, connections: 1 });
  });

  it('leaves out the sessions that ask why a query is slow', () => {
    expect(postgres.log()).toContain('SELECT 4');
    expect(readServerLog(postgres.log()).statements.map(({ text }) => text)).not.toContain('SELECT 4');
  });

  it('separates databases', () => {
    const other = {
      statements: [{ text: 'SELECT 3', protocol: 'simple' }],
      failedStatements: 0,
      connections: 1,
    };
    expect(readServerLog(postgres.log(), 'other')).toEqual(other);
    expect(readServerLog(postgres.log())).toMatchObject({ connections: 2 });
    expect(readServerLog(postgres.log()).statements).toHaveLength(7);
  });
});
