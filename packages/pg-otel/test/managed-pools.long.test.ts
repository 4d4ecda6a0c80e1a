import { onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** More requests than the pool has connections, until its manager has raised the limit. The pool stays open. */
const CROWDED = `
  const pg = require('pg');
  const pool = new pg.Pool({ max: 2, allowExitOnIdle: true });
  const request = async () => {
    while (pool.options.max === 2) await pool.query('SELECT pg_sleep(0.05)');
  };
  for (let index = 0; index < 10; index += 1) request();`;

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it('telemetry explains why the limit of a pool was raised', async () => {
    const result = await runFixture({
      installation,
      node,
      source: CROWDED,
      type: 'commonjs',
      nodeArgs: ['--require', 'pg-otel/register'],
      env: { ...capture.env, ...postgres.env, PG_OTEL_MANAGE_POOLS: 'act' },
    });
    expect(result).toEqual({ stdout: '', stderr: '', code: 0, signal: null });

    const pool = { 'db.client.connection.pool.name': postgres.database };
    const events = capture.logs().filter(({ eventName }) => eventName === 'pg_otel.pool.resized');
    expect(events).toEqual([
      expect.objectContaining({
        body: expect.stringMatching(/^The limit of pool shop was raised from 2 to \d+: /),
        attributes: expect.objectContaining({
          ...pool,
          'pg_otel.pool.resize.reason': 'waits',
          'pg_otel.pool.resize.applied': true,
          'pg_otel.pool.resize.figure.target_wait_seconds': 0.025,
          'pg_otel.pool.resize.figure.mean_wait_seconds': expect.any(Number),
        }),
      }),
    ]);
    const { 'pg_otel.pool.resize.to': advised } = events[0]?.attributes ?? {};
    const valuesOf = (metric: string) =>
      capture
        .metrics()
        .filter(({ name }) => name === metric)
        .flatMap(({ points }) => points.map(({ value }) => value));
    expect(valuesOf('pg_otel.pool.resizes')).toContain(1);
    expect(valuesOf('pg_otel.pool.advised_limit')).toContain(advised);
  });
});
