import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Version of the package a file belongs to: the nearest package.json above it that has a name and a version. */
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
