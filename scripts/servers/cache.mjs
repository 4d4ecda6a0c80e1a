import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Of the user, not of the repository: a second clone builds nothing. */
const cache = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
  'pg-otel',
  'servers',
);
const UNFINISHED = '.unfinished-';
const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** The folder of a server, which is there when everything in it is. */
export function cachedFolder({ name, key }) {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, process.platform, process.arch]))
    .digest('hex');
  return path.join(cache, `${name}-${hash.slice(0, 16)}`);
}

/** Fills the folder elsewhere and renames it, so that a run that is killed, or another at the same time, does no harm. */
export async function fillCache(recipe) {
  mkdirSync(cache, { recursive: true });
  removeUnfinished();
  const folder = mkdtempSync(path.join(cache, UNFINISHED));
  try {
    await recipe.build(folder);
    moveInto(cachedFolder(recipe), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function moveInto(place, folder) {
  try {
    renameSync(folder, place);
  } catch (error) {
    // Another run was faster, with the same.
    if (!existsSync(place)) throw error;
  }
}

/** What killed runs left; what is younger may be another's, at work. */
function removeUnfinished() {
  for (const name of readdirSync(cache).filter((name) => name.startsWith(UNFINISHED))) {
    const folder = path.join(cache, name);
    const isOld = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) > DAY_MILLIS;
    if (isOld) rmSync(folder, { recursive: true, force: true });
  }
}
