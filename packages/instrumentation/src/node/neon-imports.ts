import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import * as workerThreads from 'node:worker_threads';
import type { Callback } from '../drivers/callback';
import { warnOfTwoCopies } from '../drivers/patched';
import { warn } from '../warnings';
import { resolve } from './import-hook';
import { followedNeon } from './module-hooks';

/** Asked by the module that importers of Neon get (import-hook.ts): the `neon` to be used of this driver. */
const FOLLOWED = Symbol.for('pg-otel.neon');
type Followed = (driver: object, url: string) => Callback;

/** Younger than the oldest Node we work with, as are its hooks. */
const { isInternalThread } = workerThreads as { isInternalThread?: boolean };

/** Of Node's that are younger than the oldest we work with. */
type Hooks = { registerHooks?(hooks: { resolve: typeof resolve }): void };

let isFollowing = false;

/** From now on whoever imports Neon's ESM build gets it followed. */
export function followNeonImports(): void {
  // Preloads are run in Node's own thread for hooks, too, which has no use for them (Node 22).
  if (isFollowing || isInternalThread === true) return;
  isFollowing = true;
  const ofAnotherCopy = (globalThis as { [FOLLOWED]?: Followed })[FOLLOWED];
  const followed: Followed = (driver, url) => {
    if (ofAnotherCopy === undefined) return followedNeon(driver, versionBeside(url));
    warnOfTwoCopies();
    return ofAnotherCopy(driver, url);
  };
  Object.defineProperty(globalThis, FOLLOWED, { value: followed, configurable: true });
  try {
    const { registerHooks } = Module as Hooks;
    if (registerHooks !== undefined) registerHooks({ resolve });
    // The hooks of older versions have a thread of their own: no process without Neon has to pay for that.
    else if (isNeonInstalled()) Module.register(asModule(`export const resolve = ${resolve};`));
  } catch (error) {
    const [reason = ''] = String(error).split(/\.?\n/);
    warn(
      'PG_OTEL_IMPORTS_NOT_FOLLOWED',
      `Imports of @neondatabase/serverless as ESM are not seen here (${reason}). Hand the module or what neon() returns ` +
        'over: instrument(module).',
    );
  }
}

/** Not a file: this package may be in a bundle. */
const asModule = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;

function isNeonInstalled(): boolean {
  return [`${process.cwd()}/`, process.argv[1]].some((from) => {
    try {
      return from !== undefined && Module.createRequire(from).resolve('@neondatabase/serverless') !== '';
    } catch {
      return false;
    }
  });
}

function versionBeside(url: string): string | undefined {
  try {
    const path = fileURLToPath(new URL('package.json', url));
    return (Module.createRequire(path)(path) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
