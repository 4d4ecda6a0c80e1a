import { constants, copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { CompiledFile, Profile } from '@pg-otel/alerts';
import { BadInput } from '../../bad-input';
import { readThresholds } from '../files';
import { replaceFile, restrictFile } from './replace-file';

/** A compiled file, and what stands in its place. */
export interface Output extends CompiledFile {
  readonly file: string;
  readonly state: 'new' | 'changed' | 'unchanged';
}

/** @throws {BadInput} */
export async function outputsOf(
  thresholds: string,
  out: string,
  profiles: readonly Profile[],
): Promise<{ outputs: readonly Output[]; notes: readonly string[] }> {
  const parsed = await readThresholds(thresholds);
  const { compile } = await import('@pg-otel/alerts');
  const compiled = profiles.map((profile) => compile(parsed, profile));
  // Profiles share most of what stands beside their collector.
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
 * Nobody may read an output who may not read the thresholds: receivers and labels are in them.
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

/** The thresholds that the package brings; a file that is there stays. @throws {BadInput} */
export async function writeDefaults(file: string): Promise<void> {
  const { DEFAULT_THRESHOLDS } = await import('@pg-otel/alerts');
  await writing(file, async () => {
    await mkdir(path.dirname(file), { recursive: true });
    await copyFile(DEFAULT_THRESHOLDS, file, constants.COPYFILE_EXCL).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  });
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: NodeJS.ErrnoException) => {
    throw new BadInput(`${file} cannot be written (${error.code ?? error.message})`);
  });
}
