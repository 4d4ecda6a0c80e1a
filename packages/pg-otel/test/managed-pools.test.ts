import { onePerMajorVersion, type Runtime, runFixture, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const WORK = `
  subscribe('pg-otel:pool:managed', ({ mode, poolName }) => console.log(mode, poolName));
  const pool = new pg.Pool({ max: 3 });
  await pool.query('SELECT 1');
  console.log('max', pool.options.max);
  await pool.end();`;
const programs = {
  commonjs: `
    const { subscribe } = require('node:diagnostics_channel');
    const pg = require('pg');
    (async () => {${WORK}})();`,
  module: `
    import { subscribe } from 'node:diagnostics_channel';
    import pg from 'pg';
    ${WORK}`,
};

const health = () =>
  capture
    .metrics()
    .filter(({ name }) => name === 'pg_otel.connection.health')
    .flatMap(({ points }) => points)
    .map(({ value, attributes }) => ({ value, pool: attributes['db.client.connection.pool.name'] }));

const run = (
  { installation, node }: Runtime,
  type: keyof typeof programs,
  env: Readonly<Record<string, string>>,
) =>
  runFixture({
    installation,
    node,
    source: programs[type],
    type,
    nodeArgs: ['--import', 'pg-otel/register'],
    env: { ...capture.env, ...postgres.env, ...env },
  });
const [runtime] = onePerMajorVersion() as [Runtime];

async function expectManaged(on: Runtime, type: keyof typeof programs, mode: string): Promise<void> {
  const result = await run(on, type, { PG_OTEL_MANAGE_POOLS: mode });
  const stdout = `${mode} ${postgres.database}\nmax 3\n`;
  expect(result).toEqual({ stdout, stderr: '', code: 0, signal: null });
  expect(health()).toContainEqual({ value: 1, pool: postgres.database });
}

it.each(titled(onePerMajorVersion()))('PG_OTEL_MANAGE_POOLS=act manages the pools on %s', (_, on) =>
  expectManaged(on, 'commonjs', 'act'),
);

it('PG_OTEL_MANAGE_POOLS=advise manages the pools of an ESM application', () =>
  expectManaged(runtime, 'module', 'advise'));

it('pools stay as they are without the variable', async () => {
  const result = await run(runtime, 'commonjs', {});
  expect(result).toEqual({ stdout: 'max 3\n', stderr: '', code: 0, signal: null });
  expect(health()).toEqual([]);
});
