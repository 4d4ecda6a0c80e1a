import { randomUUID } from 'node:crypto';
import { chmod, lstat, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';

/** Reading and writing by owner, group and others; a compiled file is no program. */
const READ_WRITE = 0o666;

/**
 * Puts a file in place as a whole: a server that reloads meanwhile, or a crash, finds the old one or the new one. What
 * stands there is replaced and never written through, also when it is a symbolic link.
 *
 * @param mode which permissions it may have at most; a file that is there keeps its own when they are narrower
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

/** Takes permissions away that `mode` does not have. */
export async function restrictFile(file: string, mode: number): Promise<void> {
  const present = await lstat(file);
  const most = present.mode & 0o7777 & (mode | ~READ_WRITE);
  if (present.isFile() && most !== (present.mode & 0o7777)) await chmod(file, most);
}
