import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npm } from '../steps/command.mjs';

/** What is tested; the other packages of the repository come from the registry. */
export const PACKAGES = ['pg', 'pg-pool', 'pg-cursor', 'pg-query-stream'];
/** Tools of packages whose tests are not run here, of the types and of the linter. */
const NOT_NEEDED = /^(@|eslint|typescript$|ts-node$|vitest$|wrangler$)/;

/**
 * Module hooks know a package by its place in a `node_modules` folder: so that ours see what they would see in
 * an application, the checkout's packages are copied into one, tests included.
 */
export async function layOut(checkout, installation) {
  const manifests = PACKAGES.map((name) => readManifest(checkout, name));
  const folder = mkdtempSync(path.join(tmpdir(), 'node-postgres-suite-'));
  const dependencies = Object.assign(
    {},
    ...manifests.flatMap((manifest) => [
      manifest.devDependencies,
      manifest.dependencies,
      manifest.optionalDependencies,
    ]),
  );
  const installed = Object.entries(dependencies).filter(
    ([name]) => !NOT_NEEDED.test(name) && !PACKAGES.includes(name),
  );
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: Object.fromEntries(installed) }),
  );
  await npm(['install', '--ignore-scripts', '--legacy-peer-deps'], { cwd: folder });
  for (const name of PACKAGES) {
    const target = path.join(folder, 'node_modules', name);
    cpSync(path.join(checkout, 'packages', name), target, {
      recursive: true,
      filter: (source) => path.basename(source) !== 'node_modules',
    });
  }
  await translate(path.join(folder, 'node_modules/pg-query-stream'), installation);
  return folder;
}

function readManifest(checkout, name) {
  const file = path.join(checkout, 'packages', name, 'package.json');
  if (!existsSync(file))
    throw new Error(`${checkout} is no checkout of node-postgres: it has no packages/${name}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** pg-query-stream and its tests are TypeScript. */
async function translate(folder, installation) {
  const { build } = createRequire(path.join(installation, 'package.json'))('esbuild');
  const options = { format: 'cjs', platform: 'node', target: 'node20', logLevel: 'error' };
  const tests = readdirSync(path.join(folder, 'test')).map((file) => path.join(folder, 'test', file));
  await build({ ...options, entryPoints: tests, outdir: path.join(folder, 'test') });
  for (const target of ['dist', 'src']) {
    mkdirSync(path.join(folder, target), { recursive: true });
    await build({
      ...options,
      entryPoints: [path.join(folder, 'src/index.ts')],
      outdir: path.join(folder, target),
    });
    // The published build is made by tsc, which exports the class itself (`export =`).
    const file = path.join(folder, target, 'index.js');
    if (!readFileSync(file, 'utf8').includes('module.exports = ')) throw new Error(`${file} exports nothing`);
  }
}
