import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm, repository, step } from './command.mjs';
import { installDependencies } from './install.mjs';
import { contentHash, pack } from './pack.mjs';

/** An application folder for each major version of OpenTelemetry, and one for the oldest that our packages support. */
const majorVersions = ['otel-2', 'otel-3', 'otel-oldest'].map((name) => ({
  name,
  folder: path.join(repository, 'test/major-versions', name),
}));
/** What is tested with the oldest. The other packages bring most of the dependencies. */
const TESTED_WITH_OLDEST = ['pg-otel', '@pg-otel/instrumentation', '@pg-otel/pool-sizing'];

export function installationFolders() {
  return majorVersions.flatMap(({ folder }) => [folder, ...foldersInside(folder)]);
}

/** Folders with another driver or more packages; they find everything else in the folder above. */
function foldersInside(parent) {
  return readdirSync(parent)
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, 'package-lock.json')));
}

/** Installs the dependencies of each folder, and our packages as npm would publish them. */
export async function setUpInstallations() {
  for (const folder of installationFolders()) {
    await installDependencies(folder, `Installing test/major-versions/${path.basename(folder)} (once)`);
  }

  const stale = majorVersions.filter(({ folder }) => readStamp(folder) !== stampOf(folder));
  if (stale.length === 0) return;
  const tarballs = await step('Packing our packages', pack);
  for (const { name, folder } of stale) {
    const names = name === 'otel-oldest' ? TESTED_WITH_OLDEST : [...tarballs.keys()];
    const files = names.map((each) => tarballs.get(each));
    await step(`Installing them in ${name}`, () =>
      npm(['install', '--no-save', '--ignore-scripts', ...files], { cwd: folder }),
    );
    copyModules(folder);
    writeFileSync(stampFile(folder), stampOf(folder));
  }
}

/** The modules of pg-otel for tests of single ones, with the packages of the folder. The installed package is a few files. */
function copyModules(folder) {
  const target = path.join(folder, 'node_modules', '.compiled', 'pg-otel');
  rmSync(target, { recursive: true, force: true });
  for (const part of ['package.json', 'dist'])
    cpSync(path.join(repository, 'packages/pg-otel', part), path.join(target, part), { recursive: true });
}

/** In node_modules, so that both are deleted together. */
function stampFile(folder) {
  return path.join(folder, 'node_modules', '.our-packages');
}

function readStamp(folder) {
  return existsSync(stampFile(folder)) ? readFileSync(stampFile(folder), 'utf8') : undefined;
}

function stampOf(folder) {
  return contentHash(
    path.join(folder, 'package-lock.json'),
    path.join(repository, 'scripts/steps/bundle.mjs'),
  );
}
