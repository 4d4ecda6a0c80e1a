import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The packages that a process loads while it starts, where each file costs 0.3 ms of CPU. */
const BUNDLED = ['@pg-otel/instrumentation'];

export const isBundled = ({ name }) => BUNDLED.includes(name);

/**
 * Writes a package as it is published into a new folder below `staging`, and returns that: its types as the compiler
 * writes them, its code in one file for each entry and a few that entries share, so that there is one copy of their state.
 */
export async function stage({ name, folder, manifest }, staging) {
  const target = path.join(staging, name);
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    cpSync(path.join(folder, file), path.join(target, file));
  }
  cpSync(path.join(folder, 'dist'), path.join(target, 'dist'), { recursive: true, filter: isFolderOrTypes });
  // Not a static import: CI loads this file before anything is installed.
  const { build } = await import('rolldown');
  const { output } = await build({
    cwd: folder,
    input: entriesOf(folder, manifest),
    platform: 'node',
    // The manifest is read for name and version; it is in the published package as well.
    external: (id) => !/^[./]/.test(id) || id.endsWith('/package.json'),
    output: {
      dir: path.join(target, 'dist'),
      format: 'cjs',
      // As modules are. Without it, a function gets the global object in place of a `this` that is undefined.
      banner: '"use strict";',
      entryFileNames: '[name].js',
      // As deep as the sources that read the manifest.
      chunkFileNames: 'shared-[name].js',
    },
    logLevel: 'warn',
  });
  for (const { code = '', fileName } of output) assertNamespacesAreNotCopied(code, `${name}, ${fileName}`);
  return target;
}

/**
 * A namespace import (`import * as`) of a package makes the bundler copy the namespace into an object of getters, for all
 * files of a chunk. Each use of the API would cost 0.1 µs or more, several times per query.
 */
function assertNamespacesAreNotCopied(code, file) {
  const copied = code.match(/__toESM\((_opentelemetry_\w+)\)/)?.[1];
  if (copied !== undefined) throw new Error(`${file} copies the namespace ${copied}: import names instead`);
}

const isFolderOrTypes = (file) => !path.extname(file) || file.endsWith('.d.ts');

/** The sources of the entries in `exports`, by their names in `dist`. */
function entriesOf(folder, { exports }) {
  const built = Object.values(exports).flatMap((entry) => (entry.default ? [entry.default] : []));
  const names = built.map((file) => file.match(/^\.\/dist\/(.*)\.js$/)[1]);
  return Object.fromEntries(names.map((name) => [name, sourceOf(folder, name)]));
}

function sourceOf(folder, name) {
  const source = path.join(folder, 'src', `${name}.ts`);
  if (!existsSync(source)) throw new Error(`${source} is the entry ${name} of package.json, and missing`);
  return source;
}
