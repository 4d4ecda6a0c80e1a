import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { programFolder, programScript } from '../process/pm2';

/** A place in the file system, from where `require` looks for packages. */
export class Place {
  readonly #file: string;
  readonly #require: NodeJS.Require;

  /** @param file an absolute path; only {@link load} needs an existing file */
  constructor(file: string) {
    this.#file = file;
    this.#require = createRequire(file);
  }

  /** Loads a package. Default: the file itself. */
  load(request: string = this.#file): object {
    return this.#require(request) as object;
  }

  /** The file that `require` would load, or undefined when there is none. */
  find(request: string): string | undefined {
    try {
      return this.#require.resolve(request);
    } catch {
      return undefined;
    }
  }

  /** Whether the nearest package.json lists a package; true without a package.json. */
  dependsOn(name: string): boolean {
    const manifest = manifestOf(this.#file);
    if (manifest === undefined) return true;
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
    return Object.hasOwn(all, name);
  }

  /** Whether a package is installed, including those that only `import` can load. */
  has(name: string): boolean {
    try {
      this.#require.resolve(name);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  }
}

/** The fields of a package.json that are read here. */
export interface Manifest {
  readonly type?: string;
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly optionalDependencies?: object;
}

/** The nearest readable package.json above a file, if any. */
export function manifestOf(file: string): Manifest | undefined {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    } catch {
      // There is none in this folder, or it cannot be read.
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

/**
 * The places to look for the application's packages: its main script, then the working directory, because the script may
 * belong to a tool such as `tsx` or `next`. `require` finds packages in the layouts of npm, pnpm and Yarn Plug'n'Play.
 */
export function applicationPlaces(): Place[] {
  const script = mainScript();
  const here = path.join(programFolder(), 'index.js');
  return (script === undefined ? [here] : [script, here]).map((file) => new Place(file));
}

/** The main script of the application; undefined in a REPL and with `--eval`. */
export function mainScript(): string | undefined {
  const script = programScript();
  if (script === undefined) return undefined;
  try {
    return realpathSync(script);
  } catch {
    // It may have been given without its extension.
    return path.resolve(script);
  }
}
