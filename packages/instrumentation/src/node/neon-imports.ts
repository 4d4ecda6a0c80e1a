import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Callback } from '../drivers/callback';
import { warnOfTwoCopies } from '../drivers/patched';
import { telemetry } from '../telemetry';
import { warn } from '../warnings';
import { resolve } from './import-hook';
import { followedNeon } from './module-hooks';
import { isHooksThread, requiresOthers } from './preloads';
import { whenUninstrumented } from './undici';

/** The wrapper module of Neon (import-hook.ts) calls the function at this key to get the `neon` to export. */
const FOLLOWED = Symbol.for('pg-otel.neon');
type Followed = (driver: object, url: string) => Callback;

/** Available since Node 22.15. */
type Hooks = { registerHooks?(hooks: { resolve: typeof resolve }): void };

let isFollowing = false;

/** Instruments imports of Neon's ESM build from now on. */
export function followNeonImports(): void {
  if (isFollowing || isHooksThread) return;
  isFollowing = true;
  const followedByOtherCopy = (globalThis as { [FOLLOWED]?: Followed })[FOLLOWED];
  const followed: Followed = (driver, url) => {
    if (followedByOtherCopy === undefined) return followedNeon(driver, versionNextTo(url));
    warnOfTwoCopies();
    return followedByOtherCopy(driver, url);
  };
  Object.defineProperty(globalThis, FOLLOWED, { value: followed, configurable: true });
  try {
    const { registerHooks } = Module as Hooks;
    if (registerHooks !== undefined) registerHooks({ resolve });
    // Older versions of Node need a separate thread for hooks, so it is started only if Neon is installed.
    else if (isNeonInstalled()) registerInThread();
  } catch (error) {
    const [reason = ''] = String(error).split(/\.?\n/);
    // The warning is emitted only when a query is not reported, because most programs never import Neon.
    whenUninstrumented(() => {
      if (telemetry() === undefined) return;
      warn(
        'PG_OTEL_IMPORTS_NOT_FOLLOWED',
        `A query of @neondatabase/serverless is not reported, because its import as an ES module cannot be instrumented ` +
          `(${reason}). Instrument it in code: instrument(module), or instrument(neon(url)).`,
      );
    });
  }
}

/** Registers the hook by its source text, because a bundle contains no file to register. */
function registerInThread(): void {
  if (requiresOthers()) {
    throw new Error(
      'before Node 22.15 this needs a thread in which all --require preloads would run again; use --import instead',
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

function versionNextTo(url: string): string | undefined {
  try {
    const path = fileURLToPath(new URL('package.json', url));
    return (Module.createRequire(path)(path) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
