import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Version of the copy of `@opentelemetry/api` that a file belongs to.
 * @returns undefined for a file elsewhere: a copy inside a bundle
 */
export function versionOfApi(file: string | null | undefined): string | undefined {
  const folder = file?.match(/^.*[\\/]@opentelemetry[\\/]api(?=[\\/])/)?.[0];
  if (folder === undefined) return undefined;
  try {
    const path = folder.startsWith('file:') ? fileURLToPath(folder) : folder;
    return (JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** The newer of two versions `1.2.3`. */
export function newerVersion(one: string, other: string): string {
  return one.localeCompare(other, 'en', { numeric: true }) >= 0 ? one : other;
}
