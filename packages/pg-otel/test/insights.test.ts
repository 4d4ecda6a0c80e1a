import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onePerMajorVersion, type Runtime, runFixture, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const WORK = `
  const pool = new pg.Pool({ max: 3 });
  await pool.query('SELECT 1');
  for (const port of ports) {
    const { performance } = await (await fetch('http://127.0.0.1:' + port + '/all')).json();
    console.log(performance.total, performance.statements[0].summary);
  }
  await pool.end();`;
const programs = {
  commonjs: `const pg = require('pg');
    (async () => {const ports = process.argv.slice(2);${WORK}})();`,
  module: `import pg from 'pg';
    const ports = process.argv.slice(2);
    ${WORK}`,
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const run = (
  { installation, node }: Runtime,
  type: keyof typeof programs,
  port: string,
  args: readonly string[],
) =>
  runFixture({
    installation,
    node,
    source: programs[type],
    type,
    args,
    nodeArgs: ['--import', 'pg-otel/register'],
    env: { ...capture.env, ...postgres.env, PG_OTEL_INSIGHTS: port },
  });

it.each(titled(onePerMajorVersion()))('PG_OTEL_INSIGHTS serves what the program did on %s', async (_, on) => {
  const port = String(await freePort());
  const stdout = '1 SELECT\n';
  expect(await run(on, 'commonjs', port, [port])).toEqual({ stdout, stderr: '', code: 0, signal: null });
});

it('a module, too', async () => {
  const [runtime] = onePerMajorVersion() as [Runtime];
  const port = String(await freePort());
  const stdout = '1 SELECT\n';
  expect(await run(runtime, 'module', port, [port])).toEqual({ stdout, stderr: '', code: 0, signal: null });
});

it('the next port is used, and named, when another process has it', async () => {
  const [runtime] = onePerMajorVersion() as [Runtime];
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { stderr, code } = await run(runtime, 'commonjs', String(port), []);
  other.close();
  expect(code).toBe(0);
  expect(stderr).toContain(
    `[PG_OTEL_INSIGHTS] PgOtelWarning: Port ${port} is in use: this process serves its insights on`,
  );
});

it('a value that is no port is a warning, and the program runs', async () => {
  const [runtime] = onePerMajorVersion() as [Runtime];
  const { stderr, code } = await run(runtime, 'commonjs', 'yes', []);
  expect(code).toBe(0);
  expect(stderr).toContain('PG_OTEL_INSIGHTS must be a port from 1 to 65535');
});
