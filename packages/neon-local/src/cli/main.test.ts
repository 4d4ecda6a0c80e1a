import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { repository } from '@pg-otel/testkit';

const command = path.join(repository, 'packages/neon-local/dist/cli/main.js');
const anyPostgres = ['--postgres', 'postgres://localhost:5432'];
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

function start(args: string[]) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function run(...args: string[]) {
  const child = start(args);
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

async function firstLine(child: ReturnType<typeof start>): Promise<string> {
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return line;
}

describe('neon-local', () => {
  it.each([
    [[], '--postgres is missing: a URL like postgres://localhost:5432'],
    [['--postgres', 'localhost:secret'], '--postgres must be a URL like postgres://localhost:5432'],
    [['--postgres', 'http://localhost'], '--postgres must be a URL like postgres://localhost:5432'],
    [
      ['--postgres', 'postgres://u:secret@localhost?sslmode=allow'],
      'sslmode of --postgres must be one of disable, require, verify-full, got "allow"',
    ],
    [[...anyPostgres, '--port', 'x'], '--port must be a whole number from 0 to 65535, got "x"'],
    [[...anyPostgres, '--port', '65536'], '--port must be a whole number from 0 to 65535, got "65536"'],
    [[...anyPostgres, '--role-password', 'secret'], '--role-password must be role=password'],
    [
      [...anyPostgres, '--allow-host', 'db.example:4444'],
      'an allowed host must be a name like db.example, without a port; got "db.example:4444"',
    ],
    [
      [...anyPostgres, '--allow-origin', '*'],
      'an allowed origin must be like http://localhost:5173, without a path; got "*"',
    ],
    [[...anyPostgres, '--colour'], `Unknown option '--colour'`],
    [
      ['postgres://app:hunter2@localhost'],
      'Every argument has an option: --postgres postgres://localhost:5432',
    ],
  ])('%j is bad input, reported without a secret', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr).toMatch(/\nSee neon-local --help\n$/);
    expect(stderr).not.toMatch(/secret|hunter2/);
  });

  it('reports that its port is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    expect(await run(...anyPostgres, '--port', String(port))).toEqual({
      code: 1,
      stdout: '',
      stderr: `neon-local does not start: --port: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    });
    other.close();
  });

  it('reports that its host is no address of this machine', async () => {
    // TEST-NET-1 of RFC 5737, which no machine has.
    expect(await run(...anyPostgres, '--host', '192.0.2.1')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'neon-local does not start: --host: listen EADDRNOTAVAIL: address not available 192.0.2.1:4444\n',
    });
  });

  it('has a help and a version', async () => {
    for (const help of ['--help', '-h'])
      expect(await run(help)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('--stop-with-stdin'),
      });
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address for a program, and stops by %s',
    async (signal) => {
      const child = start([...anyPostgres, '--port', '0', '--json']);
      const { port, ...rest } = JSON.parse(await firstLine(child));
      expect(rest).toEqual({
        host: '127.0.0.1',
        httpUrl: `http://127.0.0.1:${port}/sql`,
        wsProxy: `127.0.0.1:${port}/v2`,
      });
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('prints the settings to paste for a person', async () => {
    const child = start([...anyPostgres, '--port', '0', '--stop-with-stdin']);
    const written = buffer(child.stdout);
    await once(child.stdout, 'readable');
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await written).toString()).toMatch(
      /^Neon endpoint ready: (http:\/\/127\.0\.0\.1:(\d+)\/sql), .*neonConfig\.fetchEndpoint = '\1';.*neonConfig\.wsProxy = '127\.0\.0\.1:\2\/v2';.*useSecureWebSocket = false;/s,
    );
  });

  it('warns once that other machines reach it, and answers under the names and origins of its options', async () => {
    const allowed = ['--allow-host', 'DB.example', '--allow-origin', 'http://localhost:5173'];
    const child = start([...anyPostgres, '--host', '0.0.0.0', '--port', '0', '--json', ...allowed]);
    const written = buffer(child.stderr);
    const { port } = JSON.parse(await firstLine(child));
    const headers = { host: `db.example:${port}`, origin: 'http://localhost:5173' };
    const [answer] = (await once(
      http.get({ port, path: '/neon-local/stats', headers, agent: false }),
      'response',
    )) as [http.IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect((await written).toString().match(/PG_OTEL_NEON_LOCAL_REACHABLE/g)).toHaveLength(1);
  });

  it('does not warn on loopback', async () => {
    const child = start([...anyPostgres, '--port', '0', '--json']);
    const written = buffer(child.stderr);
    await firstLine(child);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect((await written).toString()).toBe('');
  });

  it('keeps running when stdin closes, by default', async () => {
    const child = start([...anyPostgres, '--port', '0', '--json']);
    const { httpUrl } = JSON.parse(await firstLine(child));
    child.stdin.end();
    expect((await fetch(new URL('/neon-local/stats', httpUrl))).status).toBe(200);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
