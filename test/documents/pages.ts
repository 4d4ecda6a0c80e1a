import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

const TOP = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];

/** All pages for users and contributors, relative to the repository. Decisions show what was, and are left out. */
export const pages: readonly string[] = [
  ...TOP,
  ...markdownIn('docs').filter((page) => !page.startsWith('docs/decisions/')),
  ...['packages', 'examples'].flatMap((folder) => [
    ...markdownIn(folder, 0),
    ...fs.readdirSync(path.join(repository, folder)).flatMap((name) => markdownIn(`${folder}/${name}`, 0)),
  ]),
];

function markdownIn(folder: string, depth = Number.POSITIVE_INFINITY): string[] {
  const absolute = path.join(repository, folder);
  if (!fs.statSync(absolute).isDirectory()) return [];
  return fs
    .readdirSync(absolute, { recursive: depth > 0, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();
}
