interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The manifest of the package that a file belongs to: the nearest package.json with a name and a version. */
export const manifestOf = (file: string): Manifest => packageOf(file).manifest;

export const packageVersion = (file: string): string => manifestOf(file).version;

export const packageFolder = (file: string): string => packageOf(file).folder;

function packageOf(file: string): Package {
  // Not an import: start.ts imports this file.
  const { dirname, join }: typeof import('node:path') = require('node:path');
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = readManifest(join(folder, 'package.json'));
    if (manifest !== undefined) return { folder, manifest };
    if (folder === dirname(folder)) throw new Error(`no package.json above ${file}`);
  }
}

function readManifest(path: string): Manifest | undefined {
  try {
    const { readFileSync }: typeof import('node:fs') = require('node:fs');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
    return manifest.name === undefined || manifest.version === undefined ? undefined : (manifest as Manifest);
  } catch {
    return undefined;
  }
}
