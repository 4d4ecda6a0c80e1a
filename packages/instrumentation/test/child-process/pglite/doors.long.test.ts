import { runtimes, titled } from '@pg-otel/testkit';
import { DOORS } from '../doors';
import {
  type Build,
  bundlePGlite,
  captureTelemetry,
  type Driver,
  OLDEST,
  play,
  spannedStatements,
} from './pglite';

captureTelemetry();

/** `require` is followed in one way, by `@opentelemetry/instrumentation`; `import` depends on the version of Node. */
const CASES: [door: string, build: Build][] = [
  ['the distribution by --require', 'CommonJS'],
  ['a NodeSDK in an imported file', 'ESM'],
  ['the distribution by --require', 'ESM'],
  ['the distribution after a loader', 'ESM'],
];

async function expectSpans(driver: typeof OLDEST, build: Build, nodeArgs: readonly string[]) {
  const { stdout, stderr } = await play(driver, { build, nodeArgs });
  expect(stderr).toBe('');
  expect(spannedStatements()).toHaveLength(JSON.parse(stdout).length);
}

describe.each(titled(runtimes()))('PGlite on %s', (_, driver) => {
  it.each(CASES)('%s instruments each statement once, %s', (door, build) =>
    expectSpans(driver, build, DOORS[door]?.(driver.installation) ?? []),
  );
});

it.each<Build>(['CommonJS', 'ESM'])('PGlite 0.2 is instrumented, %s', (build) =>
  expectSpans(OLDEST, build, ['--import', 'pg-otel/register']),
);

describe.each<Build>(['CommonJS', 'ESM'])('a bundle of PGlite, %s,', (build) => {
  const newest = runtimes()[0] as Driver;
  const run = (instrument: string) => `require(process.env.PGLITE_STAGE).run(${instrument});`;
  let bundled: Awaited<ReturnType<typeof bundlePGlite>>;
  beforeAll(async () => {
    bundled = await bundlePGlite(newest, build);
  });
  afterAll(() => bundled.remove());

  it('is not seen by module hooks', async () => {
    const { stdout } = await play(newest, { source: run(''), env: bundled.env });
    expect(JSON.parse(stdout).length).toBeGreaterThan(10);
    expect(spannedStatements()).toEqual([]);
  });

  it('is instrumented by its instance', async () => {
    const { stdout } = await play(newest, {
      source: run("require('@pg-otel/instrumentation').instrument"),
      env: bundled.env,
    });
    expect(spannedStatements()).toHaveLength(JSON.parse(stdout).length);
  });
});
