import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * The packages that a process loads while it starts, where each file costs 0.3 ms of CPU.
 *
 * - `entries`: those besides the ones in `exports`. They are programs, or loaded by `require` when they are needed.
 * - `shared`: files for what entries share. Each has the modules that match with all that they import, except those in the
 *   files before it.
 * - `selfContained`: those of the shared files that import nothing. They are loaded before any `try`, and in an ESM bundle
 *   without `require` each import throws.
 */
const BUNDLED = {
  '@pg-otel/instrumentation': {
    entries: ['diagnosis/diagnosing'],
    shared: {
      base: ['sql/index', 'pools', 'channels'],
      drivers: ['edge'],
      node: ['index'],
    },
  },
  'pg-otel': {
    entries: ['launch', 'cli/main', 'cli/doctor/program/probe'],
    shared: {
      // Of what the CLI and its probe in other programs load before they load the SDK.
      start: [
        'start',
        'api-registry',
        'settings/settings',
        'process/package-manager',
        'cli/doctor/program/process-report',
      ],
      launch: ['launch'],
      doctor: ['cli/doctor/index', 'cli/alerts/package', 'cli/alerts/files'],
    },
    selfContained: ['start'],
  },
};

export const isBundled = ({ name }) => Object.hasOwn(BUNDLED, name);

/**
 * Writes a package as it is published into a new folder below `staging`, and returns that: its types as the compiler
 * writes them, its code in one file for each entry and a few that entries share, so that there is one copy of their state.
 */
export async function stage({ name, folder, manifest }, staging) {
  const target = path.join(staging, name);
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'README.md', 'LICENSE', 'bin']) {
    if (existsSync(path.join(folder, file)))
      cpSync(path.join(folder, file), path.join(target, file), { recursive: true });
  }
  cpSync(path.join(folder, 'dist'), path.join(target, 'dist'), { recursive: true, filter: isFolderOrTypes });
  const { entries: others, shared, selfContained } = BUNDLED[name];
  const entries = entriesOf(folder, [...exported(manifest), ...others]);
  // Not a static import: CI loads this file before anything is installed.
  const { build } = await import('rolldown');
  const { output } = await build({
    cwd: folder,
    input: entries,
    platform: 'node',
    // The manifest is read for name and version; it is in the published package as well.
    external: (id) => !/^[./]/.test(id) || id.endsWith('/package.json'),
    plugins: [loadedWhenCalled(entries)],
    output: {
      dir: path.join(target, 'dist'),
      format: 'cjs',
      // As modules are. Without it, a function gets the global object in place of a `this` that is undefined.
      banner: '"use strict";',
      // Of comments, only those that bundlers read: V8 reads the others at each start, and editors read the types.
      comments: { jsdoc: false },
      entryFileNames: '[name].js',
      // As deep as the sources that read the manifest.
      chunkFileNames: sharedFile('[name]'),
      codeSplitting: { groups: groupsOf(folder, shared) },
    },
    logLevel: 'warn',
  });
  for (const { code = '', fileName, imports } of output) {
    assertNamespacesAreNotCopied(code, `${name}, ${fileName}`);
    if (selfContained?.map(sharedFile).includes(fileName))
      assertNothingIsImported(imports, `${name}, ${fileName}`);
  }
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

function assertNothingIsImported(imports, file) {
  if (imports.length > 0) throw new Error(`${file} imports ${imports}: require it where it is used`);
}

const sharedFile = (name) => `shared-${name}.js`;

const isFolderOrTypes = (file) => !path.extname(file) || file.endsWith('.d.ts');

/** The names in `dist` of what `exports` names. */
function exported({ exports }) {
  const files = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : Object.values(entry),
  );
  return files.flatMap((file) => file.match(/^\.\/dist\/(.*)\.js$/)?.[1] ?? []);
}

/** The sources of entries by their names in `dist`. */
const entriesOf = (folder, names) => Object.fromEntries(names.map((name) => [name, sourceOf(folder, name)]));

const groupsOf = (folder, shared) =>
  Object.entries(shared).map(([name, modules]) => {
    const sources = modules.map((module) => sourceOf(folder, module));
    return { name, test: (id) => sources.includes(id) };
  });

function sourceOf(folder, name) {
  const source = path.join(folder, 'src', `${name}.ts`);
  if (!existsSync(source)) throw new Error(`${source} is the entry ${name}, and missing`);
  return source;
}

/**
 * Leaves the call `require('./launch')` in place for the entries above. In one file with the caller, the entry's own imports
 * would be loaded with that file, where no `try` catches the error of a missing package.
 */
function loadedWhenCalled(entries) {
  const nameOf = new Map(Object.entries(entries).map(([name, source]) => [source, name]));
  return {
    name: 'loaded-when-called',
    resolveId(request, importer, { kind }) {
      if (kind !== 'require-call' || !request.startsWith('.')) return undefined;
      const name = nameOf.get(`${path.resolve(path.dirname(importer), request)}.ts`);
      return name === undefined ? undefined : { id: `./${name}.js`, external: true };
    },
  };
}
