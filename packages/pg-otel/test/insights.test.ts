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

it('it has the versions of Node, of pg-otel and of the drivers', async () => {
  const [{ installation, node }] = onePerMajorVersion() as [Runtime];
  const port = String(await freePort());
  const { stdout } = await runFixture({
    installation,
    node,
    type: 'commonjs',
    source: `
      const { existsSync, readFileSync } = require('node:fs');
      const { Pool } = require('pg');
      // Not each package exports its package.json.
      const versionOf = (name) => {
        const file = module.paths.map((folder) => folder + '/' + name + '/package.json').find(existsSync);
        return JSON.parse(readFileSync(file, 'utf8')).version;
      };
      (async () => {
        const pool = new Pool();
        await pool.query('SELECT 1');
        const { versions } = await (await fetch('http://127.0.0.1:${port}/all')).json();
        const installed = Object.keys(versions)
          .filter((name) => name !== 'node')
          .map((name) => [name, versionOf(name)]);
        console.log(JSON.stringify([versions, { node: process.versions.node, ...Object.fromEntries(installed) }]));
        await pool.end();
      })();`,
    nodeArgs: ['--import', 'pg-otel/register'],
    env: { ...capture.env, ...postgres.env, PG_OTEL_INSIGHTS: port },
  });
  const [versions, installed] = JSON.parse(stdout);
  expect(versions).toEqual(installed);
  const expected = ['@pg-otel/insights', '@pg-otel/instrumentation', 'node', 'pg', 'pg-pool'];
  expect(Object.keys(versions).sort()).toEqual(expected);
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

it('the figures are the same for traces that are sampled, some of them, and not at all', async () => {
  const [{ installation, node }] = onePerMajorVersion() as [Runtime];
  const figures = [];
  for (const sampler of ['always_on', 'traceidratio', 'always_off']) {
    const port = String(await freePort());
    const { stdout, stderr } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: `
        const pg = require('pg');
        (async () => {
          const pool = new pg.Pool({ max: 1 });
          for (let nth = 0; nth < 20; nth += 1) await pool.query('SELECT $1::int FROM pg_class LIMIT 1', [nth]);
          await pool.query('SELECT missing').catch(() => {});
          await pool.query('SELECT pg_sleep(1.1)');
          const { performance, connections, pools } = await (await fetch('http://127.0.0.1:${port}/all')).json();
          console.log(JSON.stringify({
            statements: performance.statements.map(({ summary, count, failed }) => [summary, count, failed]).sort(),
            slow: performance.slow.last.map(({ summary, traceId }) => [summary, /^[0-9a-f]{32}$/.test(traceId)]),
            connections: [connections.opened, connections.setups.phases.map(({ phase, count }) => [phase, count])],
            pools: pools.pools.map(({ used, idle, limit, waits }) => [used, idle, limit, waits.count]),
          }));
          await pool.end();
        })();`,
      nodeArgs: ['--import', 'pg-otel/register'],
      env: {
        ...capture.env,
        ...postgres.env,
        PG_OTEL_INSIGHTS: port,
        PG_OTEL_DIAGNOSE: 'false',
        OTEL_TRACES_SAMPLER: sampler,
        OTEL_TRACES_SAMPLER_ARG: '0.5',
      },
    });
    expect(stderr).toBe('');
    figures.push(JSON.parse(stdout));
  }
  const [sampled, ...others] = figures;
  expect(sampled).toMatchObject({
    statements: [
      ['SELECT pg_class', 20, 0],
      ['SELECT', 2, 1],
    ],
    slow: [['SELECT', true]],
  });
  for (const other of others) expect(other).toEqual(sampled);
});

it('a value that is no port is a warning, and the program runs', async () => {
  const [runtime] = onePerMajorVersion() as [Runtime];
  const { stderr, code } = await run(runtime, 'commonjs', 'yes', []);
  expect(code).toBe(0);
  expect(stderr).toContain('PG_OTEL_INSIGHTS must be a port from 1 to 65535');
});

/** Workers of a cluster whose primary process has no insights, as that of PM2: one after the other serves its insights. */
const CLUSTER = `
  const cluster = require('node:cluster');
  if (cluster.isPrimary) {
    const answers = [];
    const fork = () => cluster.fork().on('message', (answer) => {
      answers.push(answer);
      if (answers.length === 1) return fork();
      console.log(answers.join());
      for (const worker of Object.values(cluster.workers)) worker.kill();
    });
    fork();
  } else {
    const { serveInsights } = require('@pg-otel/insights');
    const answer = (text) => process.send(text);
    serveInsights({ port: Number(process.argv[2]) }).then(() => answer('served'), ({ code }) => answer(code));
  }`;

it('workers of a cluster do not share a port', async () => {
  const [{ installation, node }] = onePerMajorVersion() as [Runtime];
  const args = [String(await freePort())];
  const program = { installation, node, source: CLUSTER, type: 'commonjs' as const, args };
  expect(await runFixture(program)).toMatchObject({ stdout: 'served,EADDRINUSE\n', stderr: '' });
});
