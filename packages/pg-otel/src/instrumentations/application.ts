import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A place in the file system, and what `require` finds from there. */
export class Place {
  readonly #file: string;
  readonly #require: NodeJS.Require;

  /** @param file an absolute path; for {@link find} and {@link has} it need not exist */
  constructor(file: string) {
    this.#file = file;
    this.#require = createRequire(file);
  }

  /** What the file exports. */
  load(): object {
    return this.#require(this.#file) as object;
  }

  /** The file that `require` would load; undefined when there is none. */
  find(request: string): string | undefined {
    try {
      return this.#require.resolve(request);
    } catch {
      return undefined;
    }
  }

  /** Whether the package.json here names a package. True without any: then nobody knows. */
  dependsOn(name: string): boolean {
    const manifest = manifestOf(this.#file);
    if (manifest === undefined) return true;
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
    return Object.hasOwn(all, name);
  }

  /** Whether a package is installed, also one that only `import` can load. */
  has(name: string): boolean {
    try {
      this.#require.resolve(name);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  }
}

/** The part of a package.json that is read here. */
export interface Manifest {
  readonly type?: string;
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly optionalDependencies?: object;
}

/** The nearest package.json above a file; undefined when there is none that can be read. */
export function manifestOf(file: string): Manifest | undefined {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    } catch {
      // None here, or not one that can be read.
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

/**
 * Where the application's packages are looked for: at its main script, then in the working directory (the script may
 * be that of a tool, such as `tsx` or `next`, with a place of its own). `require` finds packages in every layout: that
 * of npm, of pnpm, and of Yarn's Plug'n'Play.
 */
export function applicationPlaces(): Place[] {
  const script = mainScript();
  const here = path.join(process.cwd(), 'index.js');
  return (script === undefined ? [here] : [script, here]).map((file) => new Place(file));
}

/** Undefined in a REPL and with `--eval`. */
export function mainScript(): string | undefined {
  const script = process.argv[1];
  if (script === undefined) return undefined;
  try {
    return realpathSync(script);
  } catch {
    // Its name may lack the extension.
    return path.resolve(script);
  }
}
