import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = fileURLToPath(new URL('../test/major-versions', import.meta.url));

/** The Node and the folder of a major version of OpenTelemetry. */
export function installationOf(version) {
  // Built by the set-up.
  const { runtimes } = createRequire(import.meta.url)('@pg-otel/testkit');
  const { node } = runtimes().find((runtime) => runtime.installation === version);
  return { node, folder: path.join(FOLDERS, version) };
}

/** `Node v24.21.0 with pg 8.23.1`, of these packages as they are installed there. */
export function versionsIn({ node, folder }, packages) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const versions = packages.map(
    (name) => `${name.replace('@opentelemetry/', '')} ${versionOf(name, folder)}`,
  );
  return [`Node ${stdout.trim()}`, versions.join(', ')].filter((text) => text !== '').join(' with ');
}

/** Read from the file, because not every package exports its package.json. */
function versionOf(name, folder) {
  const file = path.join(folder, 'node_modules', name, 'package.json');
  return existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8')).version
    : versionOf(name, path.dirname(folder));
}

/** Where another build of the instrumentation is while it is compared, so that it finds that version's packages. */
export const comparedIn = ({ folder }) => path.join(folder, 'node_modules', '.pg-otel-compared');

/** @param build a folder with the package.json and the dist of packages/instrumentation */
export function placeCompared(build, installation) {
  const target = comparedIn(installation);
  rmSync(target, { recursive: true, force: true });
  for (const part of ['package.json', 'dist']) {
    cpSync(path.join(build, part), path.join(target, part), { recursive: true });
  }
}

export function removeCompared(installation) {
  rmSync(comparedIn(installation), { recursive: true, force: true });
}
