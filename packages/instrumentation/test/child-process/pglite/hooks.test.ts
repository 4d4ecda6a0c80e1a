import { onePerMajorVersion } from '@pg-otel/testkit';
import { sanitizeSql } from '../../../src/sql';
import { type Build, captureTelemetry, type Driver, OLDEST, play, spannedStatements } from './pglite';

captureTelemetry();

const newest = onePerMajorVersion()[1] as Driver;

describe('PGlite', () => {
  it.each<[string, Build, Driver]>([
    ['0.2', 'CommonJS', OLDEST],
    ['newest', 'ESM', newest],
  ])('%s as %s has one span for each statement that it runs', async (_, build, driver) => {
    const { stdout, stderr } = await play(driver, { build });
    expect(stderr).toBe('');
    const sent = (JSON.parse(stdout) as string[]).map((text) =>
      text.includes('$1') ? text : sanitizeSql(text),
    );
    expect(sent).toHaveLength(21);
    expect(spannedStatements()).toEqual(sent.sort());
  });
});
