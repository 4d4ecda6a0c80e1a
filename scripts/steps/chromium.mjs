import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { step } from './command.mjs';

const PROGRAM = '/usr/bin/chromium';

/** Installs Debian's Chromium for the tests of the status page, and sets its path for them. */
export async function setUpChromium() {
  if (!existsSync(PROGRAM)) await step('install chromium', install);
  process.env.TEST_CHROMIUM = PROGRAM;
}

function install() {
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'chromium']]) {
    const { status, stderr } = spawnSync('apt-get', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${stderr}`);
  }
}
