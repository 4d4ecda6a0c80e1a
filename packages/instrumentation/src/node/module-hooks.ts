import Module from 'node:module';
import path from 'node:path';
import { types } from 'node:util';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { Callback } from '../drivers/callback';
import { guarded } from '../drivers/guarded';
import { isNeonModule, patchNeonModule, withNeon } from '../drivers/neon-module';
import {
  isClientClass,
  isPGliteClass,
  isPoolClass,
  mayBeSupported,
  patchClientClass,
  patchPGliteClass,
  patchPoolClass,
  patchPostgresModule,
  patchPostgresQueryClass,
} from '../drivers/patch';
import { patchedClasses } from '../drivers/patched';
import { followedConnection } from '../drivers/postgres-js/connection';
import { isPostgresModule, isQueryClass } from '../drivers/postgres-js/postgres';
import { warn } from '../warnings';

const NEON = '@neondatabase/serverless';
const PGLITE = '@electric-sql/pglite';

/** {@link mayBeSupported} checks versions and warns; a range here would ignore a driver silently. */
const ANY_VERSION = ['*'];

/**
 * The modules to hook. Hooks are on the files that define the classes and not only on `pg`: when an ES module imports
 * `pg`, these files are still loaded by `require` (pg esm/index.mjs imports lib/index.js), so no ESM loader hook is
 * needed. The hook on `pg` itself serves loaders that bundle or rewrite the files.
 */
export function moduleDefinitions(): InstrumentationNodeModuleDefinition[] {
  const file = (name: string, patch: Callback): InstrumentationNodeModuleFile =>
    new InstrumentationNodeModuleFile(name, ANY_VERSION, patch, () => {});
  return [
    new InstrumentationNodeModuleDefinition('pg', ANY_VERSION, patchPg, () => {}, [
      file('pg/lib/client.js', patchClientFile),
      file('pg/lib/native/client.js', patchClientFile),
    ]),
    new InstrumentationNodeModuleDefinition('pg-pool', ANY_VERSION, patchPgPool, () => {}),
    new InstrumentationNodeModuleDefinition(NEON, ANY_VERSION, patchNeon, () => {}),
    new InstrumentationNodeModuleDefinition(PGLITE, ANY_VERSION, patchPGliteModule, () => {}, [
      // Before 0.4, `main` of the package is its ESM build.
      file('@electric-sql/pglite/dist/index.cjs', patchPGliteModule),
      file('@electric-sql/pglite/dist/worker/index.cjs', patchPGliteModule),
    ]),
    new InstrumentationNodeModuleDefinition('postgres', ANY_VERSION, patchPostgres, () => {}, [
      file('postgres/cjs/src/query.js', patchPostgresQueryFile),
      file('postgres/cjs/src/connection.js', patchPostgresConnection),
    ]),
  ];
}

type Exports = Record<string, unknown>;

function patchClientFile(exports: Exports, version?: string): Exports {
  if (mayBeSupported('pg', version)) patchClient(exports, version);
  return exports;
}

function patchPg(exports: Exports, version?: string): Exports {
  if (mayBeSupported('pg', version))
    patchClient((exports['default'] as Exports | undefined)?.['Client'] ?? exports['Client'], version);
  return exports;
}

function patchPgPool(exports: Exports, version?: string): Exports {
  if (mayBeSupported('pg-pool', version)) patchPool(exports['default'] ?? exports, version);
  return exports;
}

const supported = new WeakMap<object, boolean>();

/**
 * Decides once for each build of a driver, which a function of the build identifies. import-in-the-middle also calls the
 * hook for the wrapper module of an import (import-hook.ts), and then without a version.
 */
function isSupported(
  module: typeof NEON | typeof PGLITE | 'postgres',
  build: unknown,
  version: string | undefined,
): boolean {
  if (typeof build !== 'function') return mayBeSupported(module, version);
  const decision = supported.get(build) ?? mayBeSupported(module, version);
  supported.set(build, decision);
  return decision;
}

/** Returns the `neon` function to use for Neon's module: the instrumented one, if the module is supported. */
export function followedNeon(driver: object, version: string | undefined): Callback {
  const { neon } = driver as { neon: Callback };
  const { Client: build } = driver as { Client?: unknown };
  if (!isSupported(NEON, build, version)) return neon;
  if (isNeonModule(driver)) return patchNeonModule(driver, version);
  notPatched(NEON, version);
  return neon;
}

function patchNeon(exports: Exports, version?: string): Exports {
  const neon = followedNeon(exports, version);
  if (neon === exports['neon']) return exports;
  if (!types.isProxy(exports)) return withNeon(exports, neon);
  // If the application uses import-in-the-middle, its exports are a Proxy that can be written.
  exports['neon'] = neon;
  return exports;
}

/** import-in-the-middle passes the namespace of the ES module, which can be written. */
function patchPostgres(exports: Exports | Callback, version?: string): Exports | Callback {
  if (typeof exports === 'function') return followedPostgres(exports, version);
  const { default: exported } = exports;
  const followed = typeof exported === 'function' && followedPostgres(exported as Callback, version);
  if (followed && followed !== exported) exports['default'] = followed;
  return exports;
}

function followedPostgres(exported: Callback, version: string | undefined): Callback {
  const { PostgresError: build } = exported as { PostgresError?: unknown };
  if (!isSupported('postgres', build, version)) return exported;
  if (isPostgresModule(exported)) return patchPostgresModule(exported, version);
  notPatched('postgres', version);
  return exported;
}

/** Returns the instrumented default export of a file of Postgres.js's ESM build. */
export function followedPostgresFile(exported: Callback, url: string, version: string | undefined): Callback {
  return url.includes('/connection.js')
    ? patchPostgresConnection(exported, version)
    : followedPostgres(exported, version);
}

/** The driver's function that creates a connection is not exported by the package. */
function patchPostgresConnection(exported: Callback, version?: string): Callback {
  if (!mayBeSupported('postgres', version)) return exported;
  // In 3.0 the function has other parameters.
  if (typeof exported === 'function' && exported.name === 'Connection')
    return followedConnection(exported, version);
  notPatched('postgres', version);
  return exported;
}

function patchPostgresQueryFile(exports: Exports, version?: string): Exports {
  const { Query } = exports;
  if (mayBeSupported('postgres', version) && isQueryClass(Query)) patchPostgresQueryClass(Query, version);
  return exports;
}

/** Patches the class of the module, `PGlite` or `PGliteWorker`. The module stays as it is. */
export function patchPGliteModule(exports: Exports, version?: string): Exports {
  const { PGlite = exports['PGliteWorker'] } = exports;
  if (!isSupported(PGLITE, PGlite, version)) return exports;
  if (isPGliteClass(PGlite)) patchPGliteClass(PGlite, version);
  else notPatched(PGLITE, version);
  return exports;
}

function patchClient(Client: unknown, version: string | undefined): void {
  if (isClientClass(Client)) patchClientClass(Client, version);
  else notPatched('pg', version);
}

function patchPool(Pool: unknown, version: string | undefined): void {
  if (isPoolClass(Pool)) patchPoolClass(Pool, version);
  else notPatched('pg-pool', version);
}

function notPatched(name: string, version: string | undefined): void {
  warn(
    'PG_OTEL_NOT_PATCHED',
    `${version === undefined ? name : `${name} ${version}`} was loaded, but its classes are not those of the driver. It is not instrumented. ` +
      'If it replaces the driver, instrument its classes in code: instrument(module).',
  );
}

/** Patches the exports of a file of a driver, and returns those to use in their place. */
// biome-ignore lint/suspicious/noExplicitAny: the exports of Postgres.js are a function, those of the others objects
type PatchExports = (exports: any, version?: string) => unknown;

/**
 * The drivers' files, for any package manager: ends of their paths, with `/` as separator. The group is the path within
 * the package. Nitro puts versions into the names of folders (traced-copies.ts): `node_modules/.nf3/pg@8.16.3`.
 */
const DRIVER_FILES: readonly (readonly [end: RegExp, patch: PatchExports])[] = [
  [/\/pg(?:@[^/]+)?(\/lib\/(?:native\/)?client\.js)$/, patchClientFile],
  [/\/pg-pool(?:@[^/]+)?(\/index\.js)$/, patchPgPool],
  [/\/@neondatabase\/serverless(?:@[^/]+)?(\/index\.js)$/, patchNeon],
  [/\/@electric-sql\/pglite(?:@[^/]+)?(\/dist\/(?:worker\/)?index\.cjs)$/, patchPGliteModule],
  [/\/node_modules\/(?:\.[^/]+\/)?postgres(?:@[^/]+)?(\/cjs\/src\/query\.js)$/, patchPostgresQueryFile],
  [/\/node_modules\/(?:\.[^/]+\/)?postgres(?:@[^/]+)?(\/cjs\/src\/connection\.js)$/, patchPostgresConnection],
  [/\/node_modules\/(?:\.[^/]+\/)?postgres(?:@[^/]+)?(\/cjs\/src\/index\.js)$/, patchPostgres],
];

/** A module in the cache of `require`. */
export interface LoadedModule {
  exports: unknown;
  readonly loaded: boolean;
}

/** Patches a file of a driver that has been loaded. Later calls of `require` return the instrumented exports. */
export function adoptModule(module: LoadedModule, filename: string): void {
  const file = filename.replaceAll('\\', '/');
  for (const [end, patch] of DRIVER_FILES) {
    const withinPackage = file.match(end)?.[1];
    if (withinPackage === undefined) continue;
    const version = versionOf(filename.slice(0, -withinPackage.length));
    module.exports = patch(module.exports, version);
  }
}

/**
 * Patches drivers that were loaded before the hooks. Their queries are reported from now on.
 *
 * @returns the modules of the classes that this call has patched
 */
export function adoptLoadedModules(): readonly string[] {
  const before = patchedClasses().length;
  const cache = (Module as unknown as { _cache?: Record<string, LoadedModule | undefined> })._cache;
  for (const [filename, module] of Object.entries(cache ?? {})) {
    if (module?.loaded) guarded('a loaded driver', () => adoptModule(module, filename));
  }
  return patchedClasses()
    .slice(before)
    .map(({ module }) => module);
}

function versionOf(folder: string): string | undefined {
  try {
    const packageJson = path.join(folder, 'package.json');
    return (Module.createRequire(packageJson)(packageJson) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
