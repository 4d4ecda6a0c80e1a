import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './command.mjs';

/** What a benchmark measured last, so that its page can be written again. */
export function lastRun(name) {
  const file = path.join(repository, '.cache', `${name}.json`);
  return {
    exists: () => existsSync(file),
    read: () => JSON.parse(readFileSync(file, 'utf8')),
    write(measured) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(measured));
    },
  };
}
