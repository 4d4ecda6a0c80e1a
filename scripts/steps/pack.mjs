import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isBundled, stage } from './bundle.mjs';
import { npm, repository } from './command.mjs';

/** The published packages: `{ name, folder, manifest }`. */
export function publishedPackages() {
  return readdirSync(path.join(repository, 'packages'))
    .map((folder) => path.join(repository, 'packages', folder))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));
}

/** Packs every published package as npm would publish it; returns the paths of the tarballs by name. */
export async function pack() {
  const target = path.join(repository, '.cache', 'packed');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const packages = publishedPackages();
  // Not in the repository, where tools would find each staged package a second time.
  const staging = mkdtempSync(path.join(os.tmpdir(), 'pg-otel-staged-'));
  try {
    const folders = [];
    for (const one of packages) folders.push(isBundled(one) ? await stage(one, staging) : one.folder);
    await npm(['pack', '--ignore-scripts', `--pack-destination=${target}`, ...folders]);
  } finally {
    rmSync(staging, { recursive: true });
  }
  return new Map(
    packages.map(({ name, manifest }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
      return [name, path.join(target, file)];
    }),
  );
}

/** A hash that changes when a tarball does. */
export function contentHash(...moreFiles) {
  const hash = createHash('sha256');
  for (const { folder } of publishedPackages()) {
    for (const file of ['package.json', 'README.md', ...built(folder)]) add(path.join(folder, file));
  }
  for (const file of moreFiles) add(file);
  return hash.digest('hex');

  function add(file) {
    if (existsSync(file))
      hash.update(path.relative(repository, file)).update('\0').update(readFileSync(file)).update('\0');
  }
}

function built(folder) {
  return readdirSync(path.join(folder, 'dist'), { recursive: true })
    .filter((file) => /\.(js|d\.ts|json|html|css)$/.test(file))
    .sort()
    .map((file) => path.join('dist', file));
}
