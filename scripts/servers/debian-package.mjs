import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../steps/command.mjs';
import { Unavailable } from './unavailable.mjs';

/** Files and folders of configuration, data and documentation also have the names of programs. */
const IS_INSTALLED_IN = /^(usr\/)?(s?bin|lib)\//;

/**
 * Takes programs, and the libraries that they need, out of packages without installing them: nothing is configured, no
 * service is started.
 *
 * @throws Unavailable
 */
export async function unpackPackages({ packages, files }, folder) {
  if (['apt-get', 'dpkg'].some((program) => spawnSync(program, ['--version']).error !== undefined))
    throw new Unavailable('it comes from a package of Debian, and there is no `apt-get` with `dpkg` here');
  const workshop = path.join(folder, 'workshop');
  const unpacked = path.join(workshop, 'unpacked');
  mkdirSync(workshop);
  for (const { name, version } of packages) await download(`${name}=${version}`, workshop);
  for (const file of readdirSync(workshop)) await run('dpkg', ['-x', file, 'unpacked'], { cwd: workshop });
  const found = readdirSync(unpacked, { recursive: true });
  for (const name of files) {
    const place = found.find((file) => path.basename(file) === name && IS_INSTALLED_IN.test(file));
    if (place === undefined) throw new Error(`No ${name} in ${packages.map(({ name }) => name).join(', ')}`);
    copyFileSync(path.join(unpacked, place), path.join(folder, name)); // follows the links of libraries
  }
  rmSync(workshop, { recursive: true });
}

async function download(what, folder) {
  try {
    await run('apt-get', ['download', what], { cwd: folder }).catch(async (error) => {
      // A fresh image has no lists of packages. Without root there is no getting them.
      if (process.getuid() !== 0) throw error;
      await run('apt-get', ['update']);
      await run('apt-get', ['download', what], { cwd: folder });
    });
  } catch (error) {
    throw new Unavailable(`it comes from a package of Debian: ${error.message}`);
  }
}
