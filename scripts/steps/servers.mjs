import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { cachedFolder, fillCache } from '../servers/cache.mjs';
import { recipes } from '../servers/recipes.mjs';
import { Unavailable } from '../servers/unavailable.mjs';
import { repository, step } from './command.mjs';

/** Where the testkit finds the programs: a link into the cache for each server. */
const servers = path.join(repository, '.cache', 'servers');

/**
 * Builds the servers of test/e2e that are not in the cache yet, one after the other (each uses all cores), and sets
 * their folder for the testkit. Resolves with the unavailable ones: `{ name, why }`.
 *
 * @throws when one can be built and its build fails
 */
export async function setUpServers() {
  mkdirSync(servers, { recursive: true });
  const missing = [];
  for (const recipe of recipes) {
    const link = path.join(servers, recipe.name);
    const folder = cachedFolder(recipe);
    try {
      if (!existsSync(folder))
        await step(`Building ${recipe.name} (some minutes, once)`, () => fillCache(recipe));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.error(`No ${recipe.name}, its tests are skipped: ${error.message}`);
      missing.push({ name: recipe.name, why: error.message });
      rmSync(link, { force: true });
      continue;
    }
    pointTo(folder, link);
  }
  process.env.TEST_SERVERS = servers;
  return missing;
}

function pointTo(folder, link) {
  const unfinished = `${link}.${process.pid}`;
  symlinkSync(folder, unfinished);
  renameSync(unfinished, link);
}
