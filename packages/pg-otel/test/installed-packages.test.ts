import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import * as path from 'node:path';
import { type Installation, installationFolder, repository } from '@pg-otel/testkit';

const installations: Installation[] = ['otel-2', 'otel-3'];
const ours = [
  '@pg-otel/alerts',
  '@pg-otel/instrumentation',
  '@pg-otel/pool',
  '@pg-otel/pool-sizing',
  'pg-otel',
];

/** Every copy of a package below a folder. */
function copies(folder: string, name: string): string[] {
  const modules = path.join(folder, 'node_modules');
  return readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) =>
        `/${file}`.endsWith(`/${name}/package.json`) && !file.includes('/build/') && !file.includes('/dist/'),
    )
    .map((file) => path.dirname(path.join(modules, file)));
}

it.each(installations)('on %s, published files are strict code, as modules are', (installation) => {
  for (const name of ours) {
    const dist = path.join(installationFolder(installation), 'node_modules', name, 'dist');
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    expect(files.length).toBeGreaterThan(0);
    const sloppy = files.filter(
      (file) => !/^(#!.*\n)?["']use strict["']/.test(readFileSync(path.join(dist, file), 'utf8')),
    );
    expect(sloppy).toEqual([]);
  }
});

it('a clone has the programs of its packages, even if it was installed before it was built', () => {
  const folder = path.join(repository, 'packages/pg-otel');
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  for (const program of Object.values<string>(bin)) {
    // If Git ignored it, it would not exist when npm links it.
    expect(program).not.toMatch(/dist/);
    expect(execFileSync(path.join(folder, program), ['--version'], { encoding: 'utf8' })).toBe('0.1.0\n');
  }
});

/** What `npm install` brings for a package beyond the peers that the application installs itself. */
function broughtBy(name: string, folder: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const manifest = path.join(folder, 'node_modules', name, 'package.json');
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const dependency of Object.keys(dependencies)) broughtBy(dependency, folder, found);
  return found;
}

describe.each(installations)('our packages, installed from their tarballs in %s,', (installation) => {
  const folder = installationFolder(installation);

  it('share the one OpenTelemetry API of the application', () => {
    expect(copies(folder, '@opentelemetry/api')).toEqual([
      path.join(folder, 'node_modules/@opentelemetry/api'),
    ]);
  });

  it.each(ours)('%s installs no second copy of a package of the application', (name) => {
    expect(existsSync(path.join(folder, 'node_modules', name, 'node_modules'))).toBe(false);
  });

  it.each(ours)('%s is a copy, not a link to the sources', (name) => {
    expect(realpathSync(path.join(folder, 'node_modules', name))).toBe(
      path.join(realpathSync(folder), 'node_modules', name),
    );
  });

  it.each(ours)('%s contains no sources, tests or source maps', (name) => {
    const files = readdirSync(path.join(folder, 'node_modules', name), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.map$|\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('pg-otel brings the instrumentation and pool sizing, and no package of others', () => {
    expect([...broughtBy('pg-otel', folder)].sort()).toEqual([
      '@pg-otel/instrumentation',
      '@pg-otel/pool-sizing',
      'pg-otel',
    ]);
  });
});
