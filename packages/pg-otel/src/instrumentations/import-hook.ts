import Module, { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { diag } from '@opentelemetry/api';
import { requiresOthers } from '@pg-otel/instrumentation';
import { warn } from '../warnings';
import { mainScript, manifestOf, Place } from './application';
import type { InstalledInstrumentation } from './installed';
import { moduleNames, requireAgain } from './patches';

/** Only newer versions of Node have it, from 22.15. */
const { registerHooks } = Module as {
  registerHooks?(hooks: { resolve: SyncResolve }): { deregister(): void };
};
type SyncResolve = (
  specifier: string,
  context: { conditions?: readonly string[]; parentURL?: string | undefined },
  next: (specifier: string, context: object) => unknown,
) => unknown;

/**
 * Lets instrumentations patch modules that the application imports as ESM, which the hooks on `require` do not see, if the
 * main script is ESM or, in a CommonJS program, when the application first imports one of them.
 *
 * Modules of Node are patched for `require`, and Node copies the result to their ESM exports. Libraries need the hook of
 * `import-in-the-middle`. It takes a thread, through which every import of the application passes: it doubles the CPU time
 * of the start of an application with thousands of ES modules.
 */
export function followImports(installed: readonly InstalledInstrumentation[]): void {
  const builtins = modulesOfNode(installed);
  const hooks = importHooks(installed);
  if (builtins.length === 0 && hooks.size === 0) return;
  const follow = () => {
    requireAgain(builtins);
    registerAll(hooks);
  };
  const script = mainScript();
  if (script !== undefined && isEsm(script)) follow();
  else {
    const names = builtins.flatMap((name) => [name, `node:${name}`]);
    onFirstImport(new Set([...names, ...[...hooks.values()].flat()]), follow);
  }
}

function modulesOfNode(installed: readonly InstalledInstrumentation[]): string[] {
  const names = installed.flatMap(({ instance }) => moduleNames(instance));
  return [...new Set(names.filter((name) => isBuiltin(name)))];
}

/** The hook's file of each copy of `import-in-the-middle`, with the libraries that it has to pass to instrumentations. */
function importHooks(installed: readonly InstalledInstrumentation[]): Map<string, string[]> {
  const hooks = new Map<string, string[]>();
  for (const { file, instance } of installed) {
    const hook = hookFile(file);
    const libraries = moduleNames(instance).filter((name) => !isBuiltin(name));
    if (hook !== undefined && libraries.length > 0)
      hooks.set(hook, [...(hooks.get(hook) ?? []), ...libraries]);
  }
  return hooks;
}

function registerAll(hooks: ReadonlyMap<string, readonly string[]>): void {
  if (hooks.size > 0 && requiresOthers()) {
    warn(
      'PG_OTEL_INSTRUMENTATION',
      'Imports of instrumented libraries are not followed: Node would run the modules of --require again in the thread ' +
        'for module hooks. Preload them by --import instead.',
    );
    return;
  }
  for (const [hook, include] of hooks) Module.register(separateModule(hook), { data: { include } });
}

/**
 * Calls back before the application imports one of these modules for the first time. Imports by other packages do not
 * count: many CommonJS programs use an ESM package that imports `node:http`.
 */
function onFirstImport(modules: ReadonlySet<string>, callback: () => void): void {
  const program = programPackage();
  const hooks = registerHooks?.({
    resolve(specifier, context, next) {
      const isImport = context.conditions?.includes('import') === true;
      if (isImport && modules.has(specifier) && isOfApplication(context.parentURL ?? '', program)) {
        hooks?.deregister();
        try {
          callback();
        } catch (error) {
          diag.error('pg-otel: registering the hook for imports failed', error);
        }
      }
      return next(specifier, context);
    },
  });
}

/** The URL of the installed package that the main script belongs to: a framework's server, such as `react-router-serve`. */
function programPackage(): string | undefined {
  const folder = mainScript()?.match(/^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]/)?.[0];
  return folder === undefined ? undefined : pathToFileURL(folder).href;
}

function isOfApplication(url: string, program: string | undefined): boolean {
  const isOfProgram = program !== undefined && url.startsWith(program);
  return !/[\\/]node_modules[\\/]/.test(isOfProgram ? url.slice(program.length) : url);
}

/**
 * A module with another URL that contains the hook. The application may register the same hook for other modules, but
 * `import-in-the-middle` keeps one list per module URL and warns of a second one (create-hook.mjs, `initialize`).
 */
function separateModule(hook: string): string {
  const source = `
    import { initialize as begin, load, resolve } from ${JSON.stringify(`${pathToFileURL(hook)}?pg-otel`)};
    const FLAG = '__import_in_the_middle_initialized__';
    export async function initialize(data) {
      const isInitialized = globalThis[FLAG];
      globalThis[FLAG] = false;
      await begin(data);
      globalThis[FLAG] = isInitialized;
    }
    export { load, resolve };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** The hook of the `import-in-the-middle` that an instrumentation uses. Several instrumentations may share one. */
function hookFile(instrumentation: string): string | undefined {
  const base = new Place(instrumentation).find('@opentelemetry/instrumentation');
  return base && new Place(base).find('import-in-the-middle/hook.mjs');
}

/** Decides as Node does: by the extension, else by the nearest package.json. */
function isEsm(script: string): boolean {
  const extension = path.extname(script);
  if (['.mjs', '.mts'].includes(extension)) return true;
  if (['.cjs', '.cts'].includes(extension)) return false;
  return manifestOf(script)?.type === 'module';
}
