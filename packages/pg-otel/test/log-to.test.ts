import { onePerMajorVersion, type Runtime, runFixture } from '@pg-otel/testkit';
import { postgres } from '@pg-otel/testkit/stage';

/** An application that logs with `console`, catches some errors, and ends by one that it does not catch. */
const APPLICATION = `
  const pg = require('pg');
  if (process.argv.includes('logTo')) require('@pg-otel/insights').logTo(console);
  process.on('exit', (code) => console.log('exit', code));
  (async () => {
    console.log('started');
    const pool = new pg.Pool();
    await pool.query('SELECT pg_sleep(0.6)');
    const report = (error) => console.error('failed', error.name, error.code, Object.keys(error).join());
    await pool.query('SELECT missing').catch(report);
    await new pg.Client({ host: '127.0.0.1', port: 1 }).connect().catch(report);
    await pool.end();
    throw new Error('not caught');
  })();`;

const [{ installation, node }] = onePerMajorVersion() as [Runtime];

async function run(nodeArgs: readonly string[], args: readonly string[]) {
  const { stdout, stderr, ...end } = await runFixture({
    installation,
    node,
    source: APPLICATION,
    type: 'commonjs',
    nodeArgs,
    args,
    env: {
      ...postgres.env,
      PG_OTEL_SLOW_AFTER: '0.2',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
  });
  const isOurs = (line: string) => line.startsWith('pg-otel: ');
  const written = [stdout, stderr].map((text) =>
    // The program is a file with another name each time.
    text.replace(/\/\S+\.c?js/g, 'FILE').split('\n'),
  );
  return {
    ...end,
    others: written.map((lines) => lines.filter((line) => !isOurs(line))),
    ours: written.flat().filter(isOurs),
  };
}

it('logTo(console) adds lines, and leaves the output, the errors and the end of an application as they are', async () => {
  const uninstrumented = await run([], []);
  const logged = await run(['--import', 'pg-otel/register'], ['logTo']);
  expect(uninstrumented).toMatchObject({ code: 1, signal: null, ours: [] });
  expect(uninstrumented.others[0]).toEqual(['started', 'exit 1', '']);
  expect(uninstrumented.others[1]).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^failed error 42703 /),
      expect.stringContaining('not caught'),
    ]),
  );
  expect(logged).toEqual({ ...uninstrumented, ours: expect.anything() });
  expect(logged.ours.join('\n')).toMatch(/SELECT has been running for[\s\S]*ECONNREFUSED/);
});
