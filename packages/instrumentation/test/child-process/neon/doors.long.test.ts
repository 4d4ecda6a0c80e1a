import { bundle, place, runFixture, runtimes, titled } from '@pg-otel/testkit';
import { capture } from '@pg-otel/testkit/stage';
import { BARE_SDK, DOORS } from '../doors';
import { BUILDS, type Build, counted, endpoint, fixture, newest, play } from './neon';

const cases = Object.keys(DOORS).flatMap((door) => BUILDS.map((build): [string, Build] => [door, build]));

/** The texts of all queries that were reported. */
const texts = (): unknown[] =>
  capture
    .spans()
    .map(({ attributes }) => attributes['db.query.text'])
    .filter((text) => text !== undefined)
    .sort();
const EACH_KIND = ['SELECT $1::int AS m', 'SELECT $1::int AS n', 'SELECT ?'];

/** The codes of pg-otel's warnings in a program's output. */
const warnings = (stderr: string): string[] =>
  [...stderr.matchAll(/\[(PG_OTEL_\w+)\]/g)].map(([, code = '']) => code);

describe.each(titled(runtimes()))('on %s', (_, driver) => {
  it.each(cases)('%s instruments each request once, %s', async (door, build) => {
    await play(driver, 'each-kind', { build, nodeArgs: DOORS[door]?.(driver.installation) ?? [] });
    expect(texts()).toEqual(EACH_KIND);
    expect(counted('db.client.operation.duration')).toBe(EACH_KIND.length);
  });

  it('instruments both builds in one process', async () => {
    const program = fixture(driver, 'each-kind', { build: 'ESM' });
    const { stdout, stderr, code } = await runFixture({
      ...program,
      source: `
        import { createRequire } from 'node:module';
        import * as imported from '@neondatabase/serverless';
        const require = createRequire(import.meta.url);
        const required = require('@neondatabase/serverless');
        const play = require(process.env.STAGE);
        for (const driver of [imported, required, await import('@neondatabase/serverless')]) {
          await play(driver);
        }
        console.log(imported._bundleExt, required._bundleExt, imported.Client === required.Client);`,
    } as typeof program);
    expect({ stdout, stderr, code }).toEqual({ stdout: 'mjs js false\n', stderr: '', code: 0 });
    expect(texts()).toEqual([...EACH_KIND, ...EACH_KIND, ...EACH_KIND].sort());
  });

  it('instruments a driver outside a bundle that keeps names', async () => {
    const source = `
      import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
      new PostgresInstrumentation();
      const play = require(process.env.STAGE);
      import('@neondatabase/serverless').then(play);`;
    const file = await bundle({
      installation: driver.installation,
      source,
      format: 'esm',
      withOurs: true,
      options: { keepNames: true, external: ['@neondatabase/serverless'] },
    });
    await play(driver, 'each-kind', {
      build: 'ESM',
      nodeArgs: ['--import', place(driver.installation, BARE_SDK, 'cjs')],
      source: `import ${JSON.stringify(file)};`,
    });
    expect(texts()).toEqual(EACH_KIND);
  });

  it('runs no preload a second time in a thread for hooks', async () => {
    const once = place(driver.installation, `require('node:fs').writeSync(1, 'preloaded\\n');`, 'cjs');
    const nodeArgs = ['--require', once, '--require', 'pg-otel/register'];
    const { stdout, stderr, code } = await runFixture(
      fixture(driver, 'each-kind', { build: 'ESM', nodeArgs }),
    );
    expect({ stdout, code }).toEqual({ stdout: 'preloaded\n', code: 0 });
    const takesThread = String(driver).endsWith('Node 20');
    expect(warnings(stderr)).toEqual(takesThread ? ['PG_OTEL_IMPORTS_NOT_FOLLOWED'] : []);
    expect(texts()).toEqual(takesThread ? [] : EACH_KIND);
  });

  it('does not warn about Neon in a program that never imports it, with another preload', async () => {
    const other = place(driver.installation, '', 'cjs');
    const nodeArgs = ['--require', other, '--require', 'pg-otel/register'];
    const source = `await fetch('http://127.0.0.1:1/').catch(() => {}); console.log('done');`;
    const { stdout, stderr } = await runFixture(
      fixture(driver, 'each-kind', { build: 'ESM', nodeArgs, source }),
    );
    expect({ stdout, warnings: warnings(stderr) }).toEqual({ stdout: 'done\n', warnings: [] });
  });

  it('does not change the ESM build when it is required', async () => {
    const required = `
      const file = require.resolve('@neondatabase/serverless').replace(/index\\.js$/, 'index.mjs');
      try { console.log(require.resolve(file) === file, require(file)._bundleExt); } catch (error) { console.log(error.code); }`;
    const run = (nodeArgs: readonly string[]) =>
      runFixture(fixture(driver, 'each-kind', { source: required, nodeArgs }));
    const [bare, instrumented] = await Promise.all([run([]), run(['--import', 'pg-otel/register'])]);
    expect(instrumented.stdout).toBe(bare.stdout);
    expect(bare.stdout).toMatch(/^(true mjs|ERR_REQUIRE_ESM)$/m);
  });

  it('instruments a driver that was required before', async () => {
    const program = fixture(driver, 'each-kind', { nodeArgs: [] });
    const { stdout, stderr, code } = await runFixture({
      ...program,
      source: `
        const early = require('@neondatabase/serverless');
        require('pg-otel/register');
        const play = require(process.env.STAGE);
        (async () => {
          await play(early);
          await play(require('@neondatabase/serverless'));
        })();`,
    } as typeof program);
    expect({ stdout, code }).toEqual({ stdout: '', code: 0 });
    expect(warnings(stderr)).toEqual(['PG_OTEL_LOADED_LATE']);
    // Transactions of the early driver are not instrumented: the application already has its `neon`.
    const [m, n, batch] = EACH_KIND;
    expect(texts()).toEqual([m, m, n, n, batch]);
  });
});

describe('a version that is not supported', () => {
  it.each([
    ...BUILDS.map((build) => [build, 'the distribution by --import'] as const),
    // The loader imports the wrapper module, which has no version.
    ['ESM', 'the distribution before a loader'] as const,
  ])('causes a warning and stays uninstrumented, %s, %s', async (build, door) => {
    const installation = 'otel-2/neon-0.10';
    const nodeArgs = DOORS[door]?.(installation) ?? [];
    const program = fixture({ installation, node: newest.node }, 'each-kind', { build, nodeArgs });
    const before = await endpoint.stats();
    const { stderr, code } = await runFixture({
      ...program,
      source:
        build === 'ESM'
          ? `import { neon, neonConfig, Client } from '@neondatabase/serverless';
             neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
             await neon(process.env.DATABASE_URL)('SELECT 1');
             if (Object.getOwnPropertySymbols(Client.prototype).length > 0) throw new Error('patched');`
          : `const { neon, neonConfig, Client } = require('@neondatabase/serverless');
             neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
             if (Object.getOwnPropertySymbols(Client.prototype).length > 0) throw new Error('patched');
             neon(process.env.DATABASE_URL)('SELECT 1').then(() => {});`,
    } as typeof program);
    expect(code).toBe(0);
    expect(warnings(stderr)).toEqual(['PG_OTEL_UNSUPPORTED_VERSION']);
    expect((await endpoint.stats()).requests - before.requests).toBe(1);
    expect(texts()).toEqual([]);
  });
});
