import { bundle, place, runtimes, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';
import { BARE_SDK, DOORS } from '../doors';
import { BUILDS, type Build, type Driver, NAMES, names, phases, play } from './postgres-js';

const doors = Object.keys(DOORS);
/** `require` is followed in one way, by `@opentelemetry/instrumentation`; `import` depends on the version of Node. */
const cases = [
  ...doors.map((door): [string, Build] => [door, 'ESM']),
  ...doors.slice(0, 3).map((door): [string, Build] => [door, 'CommonJS']),
];
/** A query waits for a transaction until it is known why. The program then ends, with an open connection for questions. */
const WHY_SLOW = `
  const diagnosed = new Promise((resolve) => {
    subscribe('pg-otel:event', ({ name, attributes }) => {
      if (name === 'pg_otel.operation.diagnosed') resolve(attributes['pg_otel.diagnosis.reason']);
    });
  });
  const sql = postgres({ max: 2, onnotice() {} });
  async function run() {
    let query;
    await sql.begin(async (tx) => {
      await tx\`SELECT pg_advisory_xact_lock(20)\`;
      query = sql\`SELECT pg_advisory_xact_lock(20) FROM pg_database LIMIT 1\`.execute();
      console.log(await diagnosed);
    });
    await query;
    await sql.end();
  }
  run();`;
const GETS: Record<Build, string> = {
  CommonJS: `const { subscribe } = require('node:diagnostics_channel'); const postgres = require('postgres');`,
  ESM: `import { subscribe } from 'node:diagnostics_channel'; import postgres from 'postgres';`,
};

async function expectReason(driver: Driver, build: Build): Promise<void> {
  const { stdout, stderr } = await play(driver, {
    build,
    source: GETS[build] + WHY_SLOW,
    env: { PG_OTEL_SLOW_AFTER: '0.2' },
  });
  expect(stdout).toMatch(
    /^has waited .* for advisory lock 20, held by this process \(pid \d+\), whose transaction has been idle for/,
  );
  expect(stderr).toBe('');
}

const older = (installation: Driver['installation']): Driver => ({ installation, node: process.execPath });

describe.each(titled(runtimes()))('Postgres.js on %s', (_, driver) => {
  it.each(cases)('%s instruments each query once, %s', async (door, build) => {
    const output = await play(driver, { build, nodeArgs: DOORS[door]?.(driver.installation) ?? [] });
    expect(output).toEqual({ stdout: '', stderr: '' });
    expect(names()).toEqual(NAMES);
    expect(phases()).toEqual([['tcp', 'startup', 'auth', 'ready']]);
  });

  it('instruments both builds in one process', async () => {
    const output = await play(driver, {
      build: 'ESM',
      source: `
        import { createRequire } from 'node:module';
        import imported from 'postgres';
        const require = createRequire(import.meta.url);
        const required = require('postgres');
        const run = require(process.env.STAGE);
        await run(imported);
        await run(required);
        await run((await import('postgres')).default);`,
    });
    expect(output).toEqual({ stdout: '', stderr: '' });
    expect(names().filter((name) => name === 'create table accounts')).toHaveLength(3);
    expect(names()).toHaveLength(3 * NAMES.length);
  });

  it('instruments a driver that was loaded before, with a warning', async () => {
    const { stderr } = await play(driver, {
      nodeArgs: [],
      source: `
        const postgres = require('postgres');
        const { NodeSDK } = require('@opentelemetry/sdk-node');
        const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
        globalThis.sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
        sdk.start();
        require(process.env.STAGE)(postgres);`,
    });
    expect([...stderr.matchAll(/\[(PG_OTEL_\w+)\]/g)].map(([, code]) => code)).toEqual([
      'PG_OTEL_LOADED_LATE',
    ]);
    expect(names()).toEqual(NAMES.filter((name) => !/^(acquire|connect) /.test(name)));
  });

  it.each(BUILDS)('finds why a query is slow, and the process ends, %s', (build) =>
    expectReason(driver, build),
  );

  it('instruments a bundled driver by the function that the bundle calls', async () => {
    const source = `
      import { instrument } from '@pg-otel/instrumentation';
      import postgres from 'postgres';
      globalThis.run = require(process.env.STAGE)((...args) => instrument(postgres(...args)));`;
    const file = await bundle({
      installation: driver.installation,
      source,
      format: 'cjs',
      withOurs: true,
    });
    await play(driver, {
      source: `require(${JSON.stringify(file)});`,
      nodeArgs: ['--require', place(driver.installation, BARE_SDK, 'cjs')],
    });
    // Its connections are out of reach: there is no setup and no pool.
    expect(names()).toEqual(NAMES.filter((name) => !/^(acquire|connect) /.test(name)));
  });
});

describe.each([
  ['3.1.0', older('otel-2/postgres-3.1')],
  ['3.4.0', older('otel-2/postgres-3.4')],
])('Postgres.js %s', (_, driver) => {
  it.each(BUILDS)('is instrumented with the phases of its setups, %s', async (build) => {
    expect(await play(driver, { build })).toEqual({ stdout: '', stderr: '' });
    expect(names()).toEqual(NAMES);
    expect(phases()).toEqual([['tcp', 'startup', 'auth', 'ready']]);
  });

  it.each(BUILDS)('finds why a query is slow, and the process ends, %s', (build) =>
    expectReason(driver, build),
  );

  it('shows the time to open the socket again as one phase', async () => {
    const source = `
      const postgres = require('postgres');
      const { PGPORT: port, PGDATABASE: database, PGUSER: user, PGPASSWORD: pass } = process.env;
      let closed;
      const sql = postgres({ host: 'localhost', port: Number(port), database, user, pass, max: 1, backoff: () => 0.001, idle_timeout: 0.05, onclose: () => closed() });
      (async () => {
        const isClosed = new Promise((resolve) => { closed = resolve; });
        await sql\`SELECT 1\`;
        await isClosed;
        await sql\`SELECT 1\`;
        await sql.end();
      })();`;
    await play(driver, { source });
    expect(phases()).toEqual([
      ['dns', 'tcp', 'startup', 'auth', 'ready'],
      ['tcp', 'startup', 'auth', 'ready'],
    ]);
  });

  it('names the host to which a connection is open, also when it is opened again', async () => {
    const { port } = postgres;
    const source = `
      const postgres = require('postgres');
      const { PGDATABASE: database, PGUSER: user, PGPASSWORD: pass } = process.env;
      const host = ['127.0.0.1', '127.0.0.1'];
      let closed;
      const sql = postgres({ host, port: [1, ${port}], database, user, pass, max: 1, backoff: () => 0.001, idle_timeout: 0.05, onclose: () => closed() });
      (async () => {
        const isClosed = new Promise((resolve) => { closed = resolve; });
        await sql\`SELECT 1 AS first\`;
        await isClosed;
        await sql\`SELECT 1 AS second\`;
        await sql.end();
      })();`;
    await play(driver, { source });
    const ports = (text: string) =>
      capture
        .spans()
        .filter(({ attributes }) => attributes['db.query.text'] === text)
        .map(({ attributes }) => attributes['server.port']);
    expect([ports('SELECT ? AS first'), ports('SELECT ? AS second')]).toEqual([[port], [port]]);
  });
});
