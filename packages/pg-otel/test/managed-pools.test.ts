import { onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';
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

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  const run = (type: keyof typeof programs, env: Readonly<Record<string, string>>) =>
    runFixture({
      installation,
      node,
      source: programs[type],
      type,
      nodeArgs: ['--import', 'pg-otel/register'],
      env: { ...capture.env, ...postgres.env, ...env },
    });

  it.each([
    ['act', 'commonjs'],
    ['advise', 'module'],
  ] as const)('PG_OTEL_MANAGE_POOLS=%s manages the pools of a %s application', async (mode, type) => {
    const result = await run(type, { PG_OTEL_MANAGE_POOLS: mode });
    expect(result).toEqual({
      stdout: `${mode} ${postgres.database}\nmax 3\n`,
      stderr: '',
      code: 0,
      signal: null,
    });
    expect(health()).toContainEqual({ value: 1, pool: postgres.database });
  });

  it('pools stay as they are without the variable', async () => {
    const result = await run('commonjs', {});
    expect(result).toEqual({ stdout: 'max 3\n', stderr: '', code: 0, signal: null });
    expect(health()).toEqual([]);
  });
});
