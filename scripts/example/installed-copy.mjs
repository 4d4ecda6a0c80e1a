import { cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { preparedFolder } from '../setups/prepared.mjs';
import { startRegistry } from '../setups/registry.mjs';
import { npm, repository, step } from '../steps/command.mjs';
import { pack } from '../steps/pack.mjs';

/** Whether an example runs where it is, with the packages of this repository. */
export function isWorkspace({ name }) {
  const { workspaces } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));
  return !workspaces.includes(`!examples/${name}`);
}

/**
 * Installs an example with our packed packages, as a user does, in a separate folder: in the repository, its tools would
 * find the packages and lock file of the repository. Returns the folder.
 */
export async function installedCopy({ name, folder }) {
  const copy = path.join(preparedFolder(), `example-${name}`);
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, {
    recursive: true,
    filter: (file) => !['node_modules', '.next', 'dist'].includes(path.basename(file)),
  });
  const tarballs = await step('Packing our packages', pack);
  const upstream = (await npm(['config', 'get', 'registry'])).trim();
  const registry = await startRegistry(tarballs, upstream);
  const install = ['install', '--ignore-scripts', `--registry=${registry}`, '--replace-registry-host=never'];
  await step(`Installing ${path.relative(repository, folder)}`, () => npm(install, { cwd: copy }));
  return copy;
}
