import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { repository } from '../steps/command.mjs';

/** Outside the repository: an application must not find the repository's packages in a folder above. */
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'pg-otel', 'setups');
/** In the folder of a clone: where the clone is. */
const OWNER = 'repository';

/** The folder for the prepared applications of this clone. Those of clones that are gone are removed: gigabytes each. */
export function preparedFolder() {
  const folder = path.join(cache, createHash('sha256').update(repository).digest('hex').slice(0, 16));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, OWNER), repository);
  for (const name of readdirSync(cache)) {
    const owner = path.join(cache, name, OWNER);
    if (!existsSync(owner) || !existsSync(readFileSync(owner, 'utf8')))
      rmSync(path.join(cache, name), { recursive: true, force: true });
  }
  return folder;
}
