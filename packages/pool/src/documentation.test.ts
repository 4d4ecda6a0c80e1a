import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Pool } from 'pg';
import * as pgOtelPool from '.';

const page = (name: string) =>
  readFileSync(path.join(__dirname, '../../../docs/reference', `${name}.md`), 'utf8');
const source = (name: string) => readFileSync(path.join(__dirname, name), 'utf8');

/** The names of the properties of an interface, without those of objects inside. */
function properties(file: string, name: string): string[] {
  const [, rest = ''] = source(file).split(new RegExp(`^export interface ${name}\\b.*\\{\\n`, 'm'));
  const [body = ''] = rest.split('\n}\n');
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:\?:|:|\()/gm)].map(
    ([, property]) => property as string,
  );
}

/** The names in the first column of the tables below a heading. */
function documented(heading: string): string[] {
  const section = page('managed-pools').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([\w-]+)(?:\(\))?` \|/gm)].map(([, name]) => name as string);
}

it.each([
  ['`managePool(pool, options)`', 'options.ts', 'PoolOptions'],
  ['`createPool(options)`', 'create-pool.ts', 'CreatePoolOptions'],
  ['`poolManager(pool)`', 'manager.ts', 'PoolManager'],
  ['Retry', 'retry/options.ts', 'RetryOptions'],
])('documents under %s all of %s: %s', (heading, file, name) => {
  const names = properties(file, name);
  expect(names.length).toBeGreaterThan(3);
  expect(documented(heading).sort()).toEqual(names.sort());
});

it.each([
  ['journal.ts', 'PoolStatistics'],
  ['health/health.ts', 'PoolHealth'],
  ['size/sizing.ts', 'PoolSize'],
  ['fleet/budget.ts', 'FleetShare'],
])('documents all of %s: %s', (file, name) => {
  const names = properties(file, name);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((property) => !page('managed-pools').includes(`\`${property}\``))).toEqual([]);
});

it('documents each reason of a change of size', () => {
  const reasons = [...source('size/resize.ts').matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(3);
  expect(documented('Size')).toEqual(reasons);
});

it('documents each warning', () => {
  const codes = [...source('warnings.ts').matchAll(/'(PG_OTEL_\w+)'/g)].map(([, code]) => code as string);
  expect(codes.length).toBeGreaterThan(1);
  expect(codes.filter((code) => !page('warnings').includes(`| \`${code}\` |`))).toEqual([]);
});

describe.each(['docs/guides/keep-a-pool-healthy.md', 'packages/pool/README.md'])('the code in %s', (name) => {
  const text = readFileSync(path.join(__dirname, '../../..', name), 'utf8');
  const blocks = [...text.matchAll(/^```js.*\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string);

  it('runs, with options that are accepted', () => {
    const packages: Record<string, unknown> = { pg: { Pool }, '@pg-otel/pool': pgOtelPool };
    expect(blocks.length).toBeGreaterThan(0);
    for (const code of blocks) {
      // Without a query, no pool connects.
      const managed = new Function('require', `${code}; return typeof pool === 'object' ? [pool] : [];`)(
        (required: string) => packages[required],
      ) as Pool[];
      for (const pool of managed) pgOtelPool.poolManager(pool)?.stop();
    }
  });
});
