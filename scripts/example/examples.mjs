import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../steps/command.mjs';

export class UnknownExample extends Error {}

/** Finds the example of a name. @throws {UnknownExample} with the names that there are */
export function findExample(name) {
  const all = readdirSync(path.join(repository, 'examples')).flatMap(startable);
  const found = all.find((example) => example.name === name);
  if (found !== undefined) return found;
  const usage = `Usage: npm run example -- <name>\n\n${all.map((example) => `  ${example.name}`).join('\n')}`;
  throw new UnknownExample(name === undefined ? usage : `There is no example "${name}".\n\n${usage}`);
}

function startable(name) {
  const folder = path.join(repository, 'examples', name);
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return [];
  const { scripts = {}, dependencies } = JSON.parse(readFileSync(file, 'utf8'));
  // The start of an example without dependencies is part of something else, such as of a compose file.
  if (scripts.start === undefined || dependencies === undefined) return [];
  return [{ name, folder, scripts, dependencies }];
}
