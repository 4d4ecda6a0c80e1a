import { builtinModules, register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { requiresOthers } from '@pg-otel/instrumentation';
import { warn } from '../warnings';
import { mainScript, manifestOf, Place } from './application';
import type { InstalledInstrumentation } from './installed';
import { moduleNames } from './patches';

/**
 * Lets instrumentations see what an ESM application imports: the hooks on `require` do not see that. Only where the
 * main script is ESM, because the hook takes a thread, and only for the modules in question, because
 * every module that passes through it is rewritten.
 */
export function followImports(installed: readonly InstalledInstrumentation[]): void {
  const script = mainScript();
  if (script === undefined || !isEsm(script)) return;
  const modules = new Map<string, string[]>();
  for (const { file, instance } of installed) {
    const hook = hookFile(file);
    if (hook !== undefined) modules.set(hook, [...(modules.get(hook) ?? []), ...moduleNames(instance)]);
  }
  const hooks = [...modules].filter(([, names]) => names.length > 0);
  if (hooks.length > 0 && requiresOthers()) {
    warn(
      'PG_OTEL_INSTRUMENTATION',
      'Imports of instrumented libraries are not seen here: what --require preloads would run again in the thread for ' +
        'module hooks. Preload by --import instead.',
    );
    return;
  }
  for (const [hook, names] of hooks) {
    const include = names.flatMap((name) =>
      builtinModules.includes(name) ? [name, `node:${name}`] : [name],
    );
    register(ofItsOwn(hook), { data: { include } });
  }
}

/**
 * The hook as a module of its own: the application may register it as well, for other modules, and
 * `import-in-the-middle` keeps one list for each module, and warns of the second one (create-hook.mjs, `initialize`).
 */
function ofItsOwn(hook: string): string {
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

/** Of the `import-in-the-middle` that an instrumentation uses: several may share one. */
function hookFile(instrumentation: string): string | undefined {
  const base = new Place(instrumentation).find('@opentelemetry/instrumentation');
  return base && new Place(base).find('import-in-the-middle/hook.mjs');
}

/** As Node decides it: by the extension, else by the nearest package.json. */
function isEsm(script: string): boolean {
  const extension = path.extname(script);
  if (['.mjs', '.mts'].includes(extension)) return true;
  if (['.cjs', '.cts'].includes(extension)) return false;
  return manifestOf(script)?.type === 'module';
}
