import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { npm, repository, run, runBin, step } from './command.mjs';

/** Installs and builds what has changed. */
export async function setUp() {
  await installDependencies(repository, 'Installing dependencies (about half a minute, once)');
  await step('Building', build);
}

/** `npm ci`, unless the installed packages are those of the lock file. */
export async function installDependencies(folder, title) {
  if (isInstalled(folder)) return;
  // No dependency needs its install script.
  await step(title, () => npm(['ci', '--include=dev', '--ignore-scripts'], { cwd: folder }));
}

/** npm keeps the lock file of the installed packages in node_modules. */
function isInstalled(folder) {
  const installedLock = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const installed = packagesOf(installedLock);
  return Object.entries(packagesOf(path.join(folder, 'package-lock.json'))).every(
    ([name, { version, optional, link }]) =>
      name === '' ||
      link ||
      optional ||
      !name.includes('node_modules/') ||
      installed[name]?.version === version,
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

async function build() {
  const packages = readdirSync(path.join(repository, 'packages')).map((name) => path.join('packages', name));
  for (const folder of packages) removeOrphans(path.join(repository, folder));
  await runBin('typescript/bin/tsc', ['-b', ...packages]);
  await run(process.execPath, [path.join(repository, 'packages/insights/page/build.mjs')]);
}

/** The compiler keeps the output of a deleted source file, which would be published. */
function removeOrphans(folder) {
  const dist = path.join(folder, 'dist');
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true })) {
    const module = file.match(/^(.*?)\.(?:d\.ts|js|js\.map)$/)?.[1];
    if (module !== undefined && !existsSync(path.join(folder, 'src', `${module}.ts`)))
      rmSync(path.join(dist, file), { force: true }); // another run may remove it at the same time
  }
}
