import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Callback } from '../drivers/callback';
import { warnOfTwoCopies } from '../drivers/patched';
import { telemetry } from '../telemetry';
import { warn } from '../warnings';
import { resolve } from './import-hook';
import { followedNeon, followedPostgresFile, patchPGliteModule } from './module-hooks';
import { mainScripts } from './pm2';
import { isHooksThread, requiresOthers } from './preloads';
import { whenUninstrumented } from './undici';

/** The wrapper modules (import-hook.ts) call the functions at this key to get the functions to export. */
const FOLLOWED = Symbol.for('pg-otel.imports');
interface Followed {
  /** Returns the `neon` to export, for a namespace of Neon's module. */
  neon(driver: object, url: string): Callback;
  /** Returns the default export to use in place of that of a file of Postgres.js. */
  postgres(exported: Callback, url: string): Callback;
  /** Patches the class of PGlite, for a namespace of its module. Absent in an older copy. */
  pglite?(driver: object, url: string): void;
}

/** Available since Node 22.15. */
type Hooks = { registerHooks?(hooks: { resolve: typeof resolve }): void };

/** The drivers whose ESM builds are instrumented. */
const IMPORTED = ['@neondatabase/serverless', 'postgres', '@electric-sql/pglite'];

let isFollowing = false;

/** Instruments imports of the ESM builds of Neon, Postgres.js and PGlite from now on. */
export function followDriverImports(): void {
  if (isFollowing || isHooksThread) return;
  isFollowing = true;
  const followedByOtherCopy = (globalThis as { [FOLLOWED]?: Followed })[FOLLOWED];
  const followed: Followed = {
    neon: (driver, url) => followedNeon(driver, versionOf(url, 'package.json')),
    postgres: (exported, url) => followedPostgresFile(exported, url, versionOf(url, '../package.json')),
    pglite: (driver, url) => {
      const packageJson = url.includes('/worker/index.js') ? '../../package.json' : '../package.json';
      patchPGliteModule(driver as Record<string, unknown>, versionOf(url, packageJson));
    },
  };
  Object.defineProperty(globalThis, FOLLOWED, {
    value: followedByOtherCopy === undefined ? followed : warningOfTwoCopies(followedByOtherCopy),
    configurable: true,
  });
  try {
    const { registerHooks } = Module as Hooks;
    if (registerHooks !== undefined) registerHooks({ resolve });
    // Older versions of Node need a separate thread for hooks, so it is started only if one of the drivers is installed.
    else if (IMPORTED.some(isInstalled)) registerInThread();
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

function warningOfTwoCopies(other: Followed): Followed {
  return {
    neon(driver, url) {
      warnOfTwoCopies();
      return other.neon(driver, url);
    },
    postgres(exported, url) {
      warnOfTwoCopies();
      return other.postgres(exported, url);
    },
    pglite(driver, url) {
      warnOfTwoCopies();
      other.pglite?.(driver, url);
    },
  };
}

/**
 * Registers the hook by its source text, because a bundle contains no file to register. The source is named, because the
 * stack of an import that fails has a frame of the hook, which would contain the whole text otherwise.
 */
function registerInThread(): void {
  if (requiresOthers()) {
    throw new Error(
      'before Node 22.15 this needs a thread in which all --require preloads would run again; use --import instead',
    );
  }
  const source = `export const resolve = ${resolve};\n//# sourceURL=pg-otel:import-hook`;
  Module.register(`data:text/javascript,${encodeURIComponent(source)}`);
}

function isInstalled(name: string): boolean {
  return [`${process.cwd()}/`, ...mainScripts()].some((from) => {
    try {
      return Module.createRequire(from).resolve(name) !== '';
    } catch {
      return false;
    }
  });
}

/** @param packageJson its path, relative to the file */
function versionOf(url: string, packageJson: string): string | undefined {
  try {
    const path = fileURLToPath(new URL(packageJson, url));
    return (Module.createRequire(path)(path) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
