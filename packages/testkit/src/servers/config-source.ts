import * as fs from 'node:fs';
import * as path from 'node:path';

/** A configuration: a file, or its text, which is then written to a file in the folder of the server. */
export type ConfigSource = { readonly file: string } | { readonly text: string };

/** The path of the file. */
export function configFile(source: ConfigSource, folder: string, name: string): string {
  if ('file' in source) return path.resolve(source.file);
  writeFiles({ [name]: source.text }, folder);
  return path.join(folder, name);
}

/**
 * Writes files (rules, templates) into the folder of the server; names may have folders in them. Those that are there
 * stay: a test may change one and restart the server.
 */
export function writeFiles(files: Readonly<Record<string, string>>, folder: string): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    if (fs.existsSync(file)) continue;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
