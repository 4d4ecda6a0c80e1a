import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of the package that a file belongs to, from the nearest package.json with a name and a version. */
export function packageVersion(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = readManifest(join(folder, 'package.json'));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${file}`);
  }
}

function readManifest(path: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
    return name === undefined ? undefined : version;
  } catch {
    return undefined;
  }
}
