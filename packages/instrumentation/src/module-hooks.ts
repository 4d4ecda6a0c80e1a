import Module from 'node:module';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import {
  isClientClass,
  isPoolClass,
  isSupported,
  patchClientClass,
  patchedClasses,
  patchPoolClass,
} from './drivers/node-postgres/patch';
import { warn } from './warnings';

/** The versions are judged by {@link isSupported}, which says so; a range here would be silent. */
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
  ];
}

type Exports = Record<string, unknown>;

function patchClientFile(exports: Exports, version?: string): Exports {
  if (isSupported('pg', version)) patchClient(exports, version);
  return exports;
}

function patchPg(exports: Exports, version?: string): Exports {
  if (isSupported('pg', version))
    patchClient((exports['default'] as Exports | undefined)?.['Client'] ?? exports['Client'], version);
  return exports;
}

function patchPgPool(exports: Exports, version?: string): Exports {
  if (isSupported('pg-pool', version)) patchPool(exports['default'] ?? exports, version);
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
    patch(loaded.exports, versionOf(path));
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
