import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Callback } from '../drivers/callback';
import { warnOfTwoCopies } from '../drivers/patched';
import { telemetry } from '../telemetry';
import { warn } from '../warnings';
import { isHooksThread } from './hooks-thread';
import { resolve } from './import-hook';
import { followedNeon } from './module-hooks';
import { requiresOthers } from './preloads';
import { whenUnfollowed } from './undici';

/** Asked by the module that importers of Neon get (import-hook.ts): the `neon` to be used of this driver. */
const FOLLOWED = Symbol.for('pg-otel.neon');
type Followed = (driver: object, url: string) => Callback;

/** Of Node's that are younger than the oldest we work with. */
type Hooks = { registerHooks?(hooks: { resolve: typeof resolve }): void };

let isFollowing = false;

/** From now on whoever imports Neon's ESM build gets it followed. */
export function followNeonImports(): void {
  if (isFollowing || isHooksThread) return;
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
    else if (isNeonInstalled()) registerInThread();
  } catch (error) {
    const [reason = ''] = String(error).split(/\.?\n/);
    // Most programs have no import of Neon that could be missed.
    whenUnfollowed(() => {
      if (telemetry() === undefined) return;
      warn(
        'PG_OTEL_IMPORTS_NOT_FOLLOWED',
        `A query of @neondatabase/serverless is not reported: its imports as ESM are not seen here (${reason}). Hand the ` +
          'module or what neon() returns over: instrument(module).',
      );
    });
  }
}

/** Not a file: this package may be in a bundle. */
function registerInThread(): void {
  if (requiresOthers()) {
    throw new Error(
      'before Node 22.15 it takes a thread, where all that --require preloads would run again; use --import',
    );
  }
  Module.register(`data:text/javascript,${encodeURIComponent(`export const resolve = ${resolve};`)}`);
}

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
