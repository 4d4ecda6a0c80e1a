import { randomUUID } from 'node:crypto';
import { chmod, lstat, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';

/** Read and write permission for owner, group and others. Compiled files are not executable. */
const READ_WRITE = 0o666;

/**
 * Replaces a file atomically: a server that reloads meanwhile, and a restart after a crash, read the old or the new
 * content. A symbolic link is replaced; the file that it points to stays unchanged.
 *
 * @param mode the most permissions that the file may have; an existing file keeps its own if they are narrower
 */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const present = await lstat(file).catch(() => undefined);
  const narrower = present?.isFile() ? present.mode : READ_WRITE;
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: mode & narrower & READ_WRITE });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes the read and write permissions that `mode` does not include. */
export async function restrictFile(file: string, mode: number): Promise<void> {
  const present = await lstat(file);
  const most = present.mode & 0o7777 & (mode | ~READ_WRITE);
  if (present.isFile() && most !== (present.mode & 0o7777)) await chmod(file, most);
}
