import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULTS } from './environments';
import { ACCEPTED_LOAD } from './load';
import { NEON_CONNECTIONS } from './neon';

const documentation = readFileSync(path.join(__dirname, '../../../docs/reference/pool-sizing.md'), 'utf8');

it('has every code of a reason or a warning', () => {
  const sources = readdirSync(__dirname).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const codes = sources.flatMap((name) =>
    [...readFileSync(path.join(__dirname, name), 'utf8').matchAll(/code: '([a-z-]+)'/g)].map(
      ([, code]) => code,
    ),
  );

  expect(codes.length).toBeGreaterThan(25);
  expect(codes.filter((code) => !documentation.includes(`\`${code}\``))).toEqual([]);
});

it('has every setting of the load, and every environment’s timeouts', () => {
  const names = Object.keys(ACCEPTED_LOAD);

  expect(names.filter((name) => !documentation.includes(`\`${name}\``))).toEqual([]);
  for (const name of ['idleTimeoutMillis', 'maxLifetimeSeconds', 'statement_timeout'] as const) {
    const values = Object.values(DEFAULTS).map(({ settings }) => settings[name]?.toLocaleString('en-US'));
    expect(documentation).toContain(`| \`${name}\` | ${values.join(' | ')} |`);
  }
});

it('has Neon’s table', () => {
  const cells = Object.entries(NEON_CONNECTIONS.byComputeUnits).sort(
    ([one], [other]) => Number(one) - Number(other),
  );

  expect(documentation).toContain(`| CU | ${cells.map(([units]) => units).join(' | ')} | 9–56 |`);
  expect(documentation).toContain(`| | ${cells.map(([, connections]) => connections).join(' | ')} | 4000 |`);
});
