import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm, repository, step } from './command.mjs';

/** The folder in which CI installs `pg.native`, for the tests in `test/native` of packages. It needs a compiler and libpq. */
export const nativeFolder = path.join(repository, '.cache', 'native');

/** Installs pg and pg-native there, and on Debian the headers of libpq. */
export async function setUpNative() {
  if (existsSync(path.join(nativeFolder, 'node_modules/libpq/build/Release/addon.node'))) return;
  await step('install pg-native', async () => {
    if (spawnSync('pg_config', ['--version']).error !== undefined) installHeaders();
    mkdirSync(nativeFolder, { recursive: true });
    const dependencies = { pg: '^8.23.1', 'pg-native': '^3.9.0' };
    writeFileSync(
      path.join(nativeFolder, 'package.json'),
      JSON.stringify({ name: 'native', private: true, dependencies, allowScripts: { libpq: true } }),
    );
    // Uses the headers of the running Node, if it has them: node-gyp would download them otherwise.
    const prefix = path.resolve(process.execPath, '../..');
    if (existsSync(path.join(prefix, 'include/node/node.h'))) process.env.npm_config_nodedir = prefix;
    await npm(['install'], { cwd: nativeFolder });
  });
}

function installHeaders() {
  for (const args of [['update'], ['install', '--yes', 'libpq-dev']]) {
    const { status, stderr } = spawnSync('apt-get', args, { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`apt-get ${args.join(' ')} failed, libpq is needed for pg-native:\n${stderr}`);
  }
}
