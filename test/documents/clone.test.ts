import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

it('npx pg-otel runs the CLI of a clone, as CONTRIBUTING.md describes', () => {
  const manifest = readFileSync(path.join(repository, 'packages/pg-otel/package.json'), 'utf8');
  const { bin, version } = JSON.parse(manifest);
  // npm links the file when it installs a clone, which is before the first build.
  expect(bin).toEqual({ 'pg-otel': './bin/pg-otel.js' });
  const linked = path.join(repository, 'node_modules/.bin/pg-otel');
  expect(execFileSync(linked, ['--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
});
