import Module from 'node:module';
import { types } from 'node:util';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { Callback } from '../drivers/callback';
import { isNeonModule, patchNeonModule, withNeon } from '../drivers/neon-module';
import {
  isClientClass,
  isPoolClass,
  mayBeSupported,
  patchClientClass,
  patchPoolClass,
} from '../drivers/patch';
import { patchedClasses } from '../drivers/patched';
import { warn } from '../warnings';

const NEON = '@neondatabase/serverless';

/** The versions are judged by {@link mayBeSupported}, which says so; a range here would be silent. */
const ANY_VERSION = ['*'];

/**
 * Hooks on the files that define the classes, not only on `pg` itself: an ESM importer of `pg` reaches them by
 * `require` too (pg esm/index.mjs imports lib/index.js), so no ESM loader hook is needed. `pg` itself is for
 * importers whose loader bundles or rewrites the files.
 */
export function moduleDefinitions(): InstrumentationNodeModuleDefinition[] {
  const clientFile = (name: string): InstrumentationNodeModuleFile =>
    new InstrumentationNodeModuleFile(name, ANY_VERSION, patchClientFile, () => {});
  return [
    new InstrumentationNodeModuleDefinition('pg', ANY_VERSION, patchPg, () => {}, [
      clientFile('pg/lib/client.js'),
      clientFile('pg/lib/native/client.js'),
    ]),
    new InstrumentationNodeModuleDefinition('pg-pool', ANY_VERSION, patchPgPool, () => {}),
    new InstrumentationNodeModuleDefinition(NEON, ANY_VERSION, patchNeon, () => {}),
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

/** The `neon` to be used of a module of Neon's. */
export function followedNeon(driver: object, version: string | undefined): Callback {
  const { neon } = driver as { neon: Callback };
  if (!mayBeSupported(NEON, version)) return neon;
  if (isNeonModule(driver)) return patchNeonModule(driver, version);
  notPatched(NEON, version);
  return neon;
}

function patchNeon(exports: Exports, version?: string): Exports {
  const neon = followedNeon(exports, version);
  if (neon === exports['neon']) return exports;
  if (!types.isProxy(exports)) return withNeon(exports, neon);
  // Of import-in-the-middle, where an application has that: a module that can be written to.
  exports['neon'] = neon;
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
    `${name} ${version ?? ''} was loaded, but nothing in it has the shape of a driver; it is not instrumented. ` +
      'If it is a replacement for the driver, hand its classes over: instrument(module).',
  );
}

/** Paths at which the drivers' files end, whatever the package manager; in the order they are loaded. */
const LOADED_FILES: readonly (readonly [
  ending: RegExp,
  patch: (exports: Exports, version?: string) => Exports,
])[] = [
  [/[\\/]pg[\\/]lib[\\/](native[\\/])?client\.js$/, patchClientFile],
  [/[\\/]pg-pool[\\/]index\.js$/, patchPgPool],
  [/[\\/]@neondatabase[\\/]serverless[\\/]index\.js$/, patchNeon],
];

/**
 * Modules that were loaded before any hook: their prototypes can still be patched, and what they do from now on is
 * seen. Returns how many classes were not patched before.
 */
export function adoptLoadedModules(): number {
  const before = patchedClasses().length;
  const cache = (
    Module as unknown as { _cache?: Record<string, { exports: Exports; loaded: boolean } | undefined> }
  )._cache;
  for (const path of Object.keys(cache ?? {})) {
    const patch = LOADED_FILES.find(([ending]) => ending.test(path))?.[1];
    const loaded = patch === undefined ? undefined : cache?.[path];
    if (patch === undefined || loaded === undefined || !loaded.loaded) continue;
    // What requires it from here on gets what has been made of it.
    loaded.exports = patch(loaded.exports, versionOf(path));
  }
  return patchedClasses().length - before;
}

function versionOf(path: string): string | undefined {
  const packageJson = path.replace(/[\\/](lib[\\/].*|index\.js)$/, '/package.json');
  try {
    return (Module.createRequire(path)(packageJson) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
