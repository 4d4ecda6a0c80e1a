import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../steps/command.mjs';
import { Unavailable } from './unavailable.mjs';

/**
 * Takes programs out of a package without installing it: nothing is configured, no service is started.
 *
 * @throws Unavailable
 */
export async function unpackPackage({ name, version, programs }, folder) {
  if (['apt-get', 'dpkg'].some((program) => spawnSync(program, ['--version']).error !== undefined))
    throw new Unavailable('it comes from a package of Debian, and there is no `apt-get` with `dpkg` here');
  const workshop = path.join(folder, 'workshop');
  mkdirSync(workshop);
  await download(`${name}=${version}`, workshop);
  const [file] = readdirSync(workshop);
  await run('dpkg', ['-x', file, 'unpacked'], { cwd: workshop });
  for (const program of programs) {
    renameSync(path.join(workshop, 'unpacked/usr/bin', program), path.join(folder, program));
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
