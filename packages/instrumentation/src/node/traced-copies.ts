import { existsSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { guarded } from '../drivers/guarded';
import { adoptModule, type LoadedModule } from './module-hooks';
import { mainScripts } from './pm2';

/**
 * Where Nitro, the server of Nuxt and others, copies a package of which the application has several versions:
 * `node_modules/.nf3/pg@8.16.3`, with a link to it at `node_modules/pg` (nf3 src/trace.ts; Nitro 2: `.nitro`).
 */
const FOLDERS = ['.nitro', '.nf3'];
const COPY = /[\\/]node_modules[\\/]\.(nitro|nf3)[\\/]/;

type Load = (this: unknown, module: LoadedModule, filename: string) => void;

let isFollowing = false;

/**
 * Instruments the CommonJS files of such copies when they are loaded. `require-in-the-middle` takes `.nf3` for the name of
 * the package, cannot resolve it, and calls no hook. Programs without such a folder are not affected.
 */
export function followTracedCopies(): void {
  // The working folder may have been removed.
  if (isFollowing || guarded('copies of drivers', hasTracedCopies) !== true) return;
  isFollowing = true;
  const { _extensions: extensions } = Module as unknown as { _extensions: Record<string, Load> };
  const load = extensions['.js'] as Load;
  extensions['.js'] = function (module, filename) {
    load.call(this, module, filename);
    if (COPY.test(filename)) guarded('a copy of a driver', () => adoptModule(module, filename));
  };
}

/** Serverless platforms run their own script, in the folder of the application. */
function hasTracedCopies(): boolean {
  const folders = [process.cwd(), ...mainScripts().flatMap((script) => [script, path.dirname(script)])];
  return folders.some((folder) =>
    FOLDERS.some((name) => existsSync(path.join(folder, 'node_modules', name))),
  );
}
