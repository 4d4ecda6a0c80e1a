import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The manifest of the package that a file belongs to: the nearest package.json with a name and a version. */
export function manifestOf(file: string): Manifest {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = readManifest(join(folder, 'package.json'));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${file}`);
  }
}

export const packageVersion = (file: string): string => manifestOf(file).version;

function readManifest(path: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
    return manifest.name === undefined || manifest.version === undefined ? undefined : (manifest as Manifest);
  } catch {
    return undefined;
  }
}
