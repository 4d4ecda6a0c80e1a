import { onePerMajorVersion } from '@pg-otel/testkit';
import { type Build, NAMES, names, phases, play } from './postgres-js';

const [oldest, newest] = onePerMajorVersion();

describe('Postgres.js', () => {
  it.each([
    ['CommonJS', oldest],
    ['ESM', newest],
  ] as const)('as %s is instrumented by the distribution, on %s', async (build: Build, driver) => {
    if (driver === undefined) throw new Error('no runtime');
    expect(await play(driver, { build })).toEqual({ stdout: '', stderr: '' });
    expect(names()).toEqual(NAMES);
    expect(phases()).toEqual([['tcp', 'startup', 'auth', 'ready']]);
  });
});
