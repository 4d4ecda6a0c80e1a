import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { type PostgresServer, startPostgres } from './postgres';

async function ask(client: Client, question: string): Promise<unknown> {
  await client.connect();
  try {
    const { rows } = await client.query({ text: question, rowMode: 'array' });
    return rows[0];
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres({
      database: 'my "shop"',
      password: 'p@ss/word',
      tls: true,
      maxConnections: 7,
      settings: { work_mem: '5MB' },
      hba: ['host all guest 127.0.0.1/32 trust'],
    });
  });
  afterAll(() => postgres.stop());

  it('is reached by its URL, with the settings asked for', async () => {
    const client = new Client({ connectionString: postgres.url });
    const question = `select current_database(), current_setting('max_connections'), current_setting('work_mem')`;
    expect(await ask(client, question)).toEqual(['my "shop"', '7', '5MB']);
  });

  it('is reached by its unix socket', async () => {
    const { port, database, user, password, socketFolder: host } = postgres;
    expect(
      await ask(new Client({ host, port, database, user, password }), 'select inet_client_addr()'),
    ).toEqual([null]);
  });

  it('offers TLS that its own authority vouches for', async () => {
    const { port, database, user, password, ca } = postgres;
    const client = new Client({ host: 'localhost', port, database, user, password, ssl: { ca } });
    expect(await ask(client, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([true]);
  });

  it('asks for the password', async () => {
    const { host, port, database, user } = postgres;
    const client = new Client({ host, port, database, user, password: 'wrong' });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('takes further lines of pg_hba.conf', async () => {
    const { host, port, database } = postgres;
    const client = new Client({ host, port, database, user: 'guest' });
    await expect(client.connect()).rejects.toThrow('role "guest" does not exist'); // let in, but unknown
  });

  it('stores passwords as scram-sha-256', async () => {
    const question = `select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = current_user`;
    expect(await ask(new Client({ connectionString: postgres.url }), question)).toEqual([true]);
  });

  it.each([15, 16, 17] as const)('runs version %d', async (version) => {
    const server = await startPostgres({ version });
    const question = `select current_setting('server_version_num')::int / 10000`;
    expect(await ask(new Client({ connectionString: server.url }), question)).toEqual([version]);
    await server.stop();
  });

  it('does not run as root', () => {
    expect(statSync(postgres.socketFolder).uid).not.toBe(0);
  });

  it('sends no error to the connections of a pool that has just ended', async () => {
    const server = await startPostgres();
    const pool = new Pool({ connectionString: server.url, max: 10 });
    const errors: Error[] = [];
    pool.on('error', (error) => errors.push(error));
    await Promise.all(Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.05)')));
    await pool.end();
    await server.stop();
    expect(errors).toEqual([]);
  });

  it('ends with its process and leaves no file, even after SIGKILL', async () => {
    const program = `
      require('@pg-otel/testkit').startPostgres().then(({ pid, socketFolder }) => {
        console.log(JSON.stringify({ pid, socketFolder }));
        setInterval(() => {}, 1000);
      });`;
    const child = spawn(process.execPath, ['-e', program], {
      cwd: __dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { pid, socketFolder } = JSON.parse(line) as { pid: number; socketFolder: string };
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    while (isRunning(pid) || existsSync(socketFolder)) await sleep(20);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
