import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { CompiledFile, Profile } from '@pg-otel/alerts';
import { BadInput } from '../../bad-input';
import { readThresholds } from '../files';
import { loadAlerts } from '../package';
import { replaceFile, restrictFile } from './replace-file';

/** A compiled file, compared with the file at its path. */
export interface Output extends CompiledFile {
  readonly file: string;
  readonly state: 'new' | 'changed' | 'unchanged';
}

/** @throws {BadInput} */
export async function outputsOf(
  thresholds: string,
  out: string,
  profiles: readonly Profile[],
  cwd: string,
): Promise<{ outputs: readonly Output[]; notes: readonly string[] }> {
  const parsed = await readThresholds(thresholds, cwd);
  const { compile } = await loadAlerts(cwd);
  const compiled = profiles.map((profile) => compile(parsed, profile));
  // Apart from the collector's files, most profiles have the same files: each path is kept once.
  const files = new Map(compiled.flatMap((each) => each.files).map((file) => [file.path, file]));
  return {
    outputs: await Promise.all([...files.values()].map((file) => compared(file, path.join(out, file.path)))),
    notes: [...new Set(compiled.flatMap((each) => each.notes))],
  };
}

async function compared(compiled: CompiledFile, file: string): Promise<Output> {
  const present = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new BadInput(`${file} cannot be read (${error.code})`);
  });
  const state = present === undefined ? 'new' : present === compiled.content ? 'unchanged' : 'changed';
  return { ...compiled, file, state };
}

/**
 * Writes files with the permissions of the thresholds file, because they contain its receivers and labels.
 *
 * @throws {BadInput}
 */
export async function writeOutputs(outputs: readonly Output[], thresholds: string): Promise<void> {
  const { mode } = await stat(thresholds);
  for (const { file, state, content } of outputs) {
    await writing(file, async () => {
      await mkdir(path.dirname(file), { recursive: true });
      if (state === 'unchanged') await restrictFile(file, mode);
      else await replaceFile(file, content, mode);
    });
  }
}

/** Writes the default thresholds, unless the file exists. @returns whether it was written @throws {BadInput} */
export async function writeDefaults(file: string, cwd: string): Promise<boolean> {
  const { DEFAULT_THRESHOLDS } = await loadAlerts(cwd);
  return writing(file, async () => {
    await mkdir(path.dirname(file), { recursive: true });
    return writeFile(file, DEFAULT_THRESHOLDS, { flag: 'wx' }).then(
      () => true,
      (error) => {
        if (error.code !== 'EEXIST') throw error;
        return false;
      },
    );
  });
}

function writing<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  return work().catch((error: NodeJS.ErrnoException) => {
    throw new BadInput(`${file} cannot be written (${error.code ?? error.message})`);
  });
}
