import { place, runtimes, titled } from '@pg-otel/testkit';
import { BARE_SDK, DOORS } from '../doors';
import { type Build, captureTelemetry, OLDEST, play, spannedStatements } from './pglite';

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

it('a bundled PGlite is instrumented by its instance', async () => {
  const { stdout } = await play(OLDEST, {
    // As in a bundle, no hook sees the driver.
    nodeArgs: ['--import', place(OLDEST.installation, BARE_SDK, 'cjs')],
    source: `
      const stage = require(process.env.PGLITE_STAGE);
      const { instrument } = require('@pg-otel/instrumentation');
      stage.run(instrument);`,
  });
  expect(spannedStatements()).toHaveLength(JSON.parse(stdout).length);
});
