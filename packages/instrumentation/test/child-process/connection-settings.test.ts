import * as path from 'node:path';
import { inspect } from 'node:util';
import {
  anyRuntime,
  exportTo,
  type FixtureOptions,
  installationFolder,
  onePerMajorVersion,
  type Runtime,
  runFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const SECRET = 'zqhunter2zq';
const IN_QUOTES = `"postgres://app:${SECRET}@127.0.0.1/shop"`;
const WITH_SLASH = `postgres://127.0.0.1:12/${SECRET}@127.0.0.1/shop`;
/** Connection settings that node-postgres cannot parse. */
const SETTINGS = [
  IN_QUOTES,
  WITH_SLASH,
  ` postgres://app:${SECRET}@127.0.0.1/shop`,
  `DATABASE_URL=postgres://app:${SECRET}@127.0.0.1/shop`,
  `host=127.0.0.1 user=app password=${SECRET}`,
];

function programs({ installation, node }: Runtime) {
  return (program: Partial<FixtureOptions>, env: Readonly<Record<string, string>>) =>
    runFixture({
      installation,
      node,
      ...program,
      env: { ...exportTo(capture, postgres), ...env },
    } as FixtureOptions);
}

const exported = () =>
  inspect([capture.spans(), capture.metrics(), capture.logs()], {
    depth: Number.POSITIVE_INFINITY,
    maxArrayLength: Number.POSITIVE_INFINITY,
    maxStringLength: Number.POSITIVE_INFINITY,
  });

describe.each(titled(onePerMajorVersion()))('on %s', (_, runtime) => {
  const run = programs(runtime);

  it('a connection string that the driver cannot parse causes one warning without the password', async () => {
    const { stdout, stderr, code } = await run(
      {
        nodeArgs: ['--import', 'pg-otel/register'],
        type: 'module',
        source: `
          import pg from 'pg';
          for (const connectionString of JSON.parse(process.env.SETTINGS)) {
            for (const Driver of [pg.Client, pg.Pool]) {
              const driver = new Driver({ connectionString });
              const { code } = await driver.connect().catch((error) => error);
              console.log(typeof code);
              await driver.end().catch(() => {});
            }
          }`,
      },
      { SETTINGS: JSON.stringify(SETTINGS) },
    );
    expect({ stdout, code }).toEqual({ stdout: 'string\n'.repeat(2 * SETTINGS.length), code: 0 });
    expect(stderr.match(/\[PG_OTEL_CONNECTION_STRING\]/g)).toHaveLength(1);
    const out = exported();
    for (const what of [
      "'connect [unparsable]'",
      "pool.name': '[unparsable]'",
      'A connection to [unparsable]',
    ]) {
      expect(out).toContain(what);
    }
    expect(stderr + out).not.toContain(SECRET);
  });
});

describe.each(titled(anyRuntime()))('with any SDK, on %s', (_, runtime) => {
  const { installation } = runtime;
  const run = programs(runtime);

  it.each(['doctor --query --json', 'plan'])(
    'pg-otel %s repeats no password of DATABASE_URL',
    async (command) => {
      for (const DATABASE_URL of [IN_QUOTES, WITH_SLASH]) {
        const { stdout, stderr } = await run(
          {
            folder: installationFolder(installation),
            command: [path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js')],
            args: command.split(' '),
          },
          { DATABASE_URL },
        );
        expect(stdout + stderr).not.toBe('');
        expect(stdout + stderr + exported()).not.toContain(SECRET);
      }
    },
  );
});
