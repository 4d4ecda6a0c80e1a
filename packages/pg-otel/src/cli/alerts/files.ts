import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Profile, Thresholds } from '@pg-otel/alerts';
import { BadInput } from '../bad-input';
import { loadAlerts } from './package';

/** The default thresholds file, relative to the folder of the application. */
export const DEFAULT_FILE = path.join('collector-config', 'thresholds.yaml');

// A copy: `@pg-otel/alerts`, which defines the profiles, may not be installed.
export const PROFILE_NAMES: readonly Profile[] = ['single', 'standalone', 'agent', 'gateway', 'prometheus'];

export function thresholdsFile(given: string | undefined, cwd: string): string {
  return path.resolve(cwd, given ?? DEFAULT_FILE);
}

/** @throws {BadInput} when there is no file, or the file has mistakes; {NotInstalled} */
export async function readThresholds(file: string, cwd: string): Promise<Thresholds> {
  const { parseThresholds, ThresholdsError } = await loadAlerts(cwd);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadInput(
      error.code === 'ENOENT'
        ? `There is no ${file}: --thresholds <file>, or --init to begin with the default ones`
        : `${file} cannot be read (${error.code})`,
    );
  });
  try {
    return parseThresholds(text, file);
  } catch (error) {
    throw error instanceof ThresholdsError ? new BadInput(error.message) : error;
  }
}
