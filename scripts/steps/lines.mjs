import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm, repository, step } from './command.mjs';
import { installDependencies } from './install.mjs';
import { contentHash, pack } from './pack.mjs';

/** One OpenTelemetry line each. */
const lines = ['otel-2', 'otel-3'].map((name) => ({
  name,
  folder: path.join(repository, 'test/lines', name),
}));

export function lineFolders() {
  return lines.flatMap(({ folder }) => [folder, ...foldersInside(folder)]);
}

/** Inside a line: another driver, or more packages, and everything else from the folder above. */
function foldersInside(line) {
  return readdirSync(line)
    .map((name) => path.join(line, name))
    .filter((folder) => existsSync(path.join(folder, 'package-lock.json')));
}

/** Installs each line, and our packages in it as npm would publish them. */
export async function setUpLines() {
  for (const folder of lineFolders()) {
    await installDependencies(folder, `Installing test/lines/${path.basename(folder)} (once)`);
  }

  const stale = lines.filter(({ folder }) => readStamp(folder) !== stampOf(folder));
  if (stale.length === 0) return;
  const tarballs = await step('Packing our packages', pack);
  for (const { name, folder } of stale) {
    await step(`Installing them in ${name}`, () =>
      npm(['install', '--no-save', '--ignore-scripts', ...tarballs.values()], { cwd: folder }),
    );
    writeFileSync(stampFile(folder), stampOf(folder));
  }
}

/** In node_modules, so that it goes with it. */
function stampFile(folder) {
  return path.join(folder, 'node_modules', '.our-packages');
}

function readStamp(folder) {
  return existsSync(stampFile(folder)) ? readFileSync(stampFile(folder), 'utf8') : undefined;
}

function stampOf(folder) {
  return contentHash(path.join(folder, 'package-lock.json'));
}
