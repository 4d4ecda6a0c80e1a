import * as path from 'node:path';
import { type FixtureOptions, lineFolder, onePerLine, runFixture, titled } from '@pg-otel/testkit';
import { exportTo } from './application';
import { capture, postgres } from './stage';

const SECRET = 'zqhunter2zq';
const FORMS = {
  'in quotes': `"postgres://app:${SECRET}@127.0.0.1/shop"`,
  'behind a space': ` postgres://app:${SECRET}@127.0.0.1/shop`,
  'with the name of its variable': `DATABASE_URL=postgres://app:${SECRET}@127.0.0.1/shop`,
  'as libpq has it': `host=127.0.0.1 user=app password=${SECRET}`,
  'with a slash in the password': `postgres://127.0.0.1:12/${SECRET}@127.0.0.1/shop`,
};

describe.each(titled(onePerLine()))('on %s', (_, { line, node }) => {
  const run = (program: Partial<FixtureOptions>, databaseUrl: string) =>
    runFixture({
      line,
      node,
      ...program,
      env: { ...exportTo(capture, postgres), DATABASE_URL: databaseUrl },
    } as FixtureOptions);
  /** Everything that was exported. */
  const exported = () => JSON.stringify([capture.spans(), capture.metrics(), capture.logs()]);

  it.each(Object.entries(FORMS))('a DATABASE_URL %s leaves no password', async (_, databaseUrl) => {
    const { stdout, stderr, code } = await run(
      {
        nodeArgs: ['--import', 'pg-otel/register'],
        type: 'module',
        source: `
          import pg from 'pg';
          for (const Driver of [pg.Client, pg.Pool, pg.Pool]) {
            const driver = new Driver({ connectionString: process.env.DATABASE_URL });
            const { code } = await driver.connect().catch((error) => error);
            console.log(typeof code);
            await driver.end().catch(() => {});
          }`,
      },
      databaseUrl,
    );
    expect({ stdout, code }).toEqual({ stdout: 'string\nstring\nstring\n', code: 0 });
    expect(stderr.match(/\[PG_OTEL_CONNECTION_STRING\]/g)).toHaveLength(1);
    expect(exported()).toContain('"[unparsable]"');
    expect(stderr + exported()).not.toContain(SECRET);
  });

  it.each(Object.entries(FORMS))('doctor and plan do not repeat a DATABASE_URL %s', async (_, databaseUrl) => {
    const cli = (...args: string[]) =>
      run(
        {
          folder: lineFolder(line),
          command: [path.join(lineFolder(line), 'node_modules/pg-otel/dist/cli/main.js')],
          args,
        },
        databaseUrl,
      );
    for (const args of [['doctor', '--query'], ['doctor', '--query', '--json'], ['plan'], ['plan', '--json']]) {
      const { stdout, stderr } = await cli(...args);
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr + exported()).not.toContain(SECRET);
    }
  });
});
