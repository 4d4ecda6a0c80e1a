import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

export const guides = path.join(repository, 'docs', 'guides');

/** A fenced block: the words after its three backticks, the heading that it stands under, and its text. */
export interface Block {
  readonly language: string;
  /** Of a file of an application: `express/db.js`. Readers of the page do not see it. */
  readonly file: string | undefined;
  readonly heading: string;
  readonly text: string;
}

/** All fenced blocks of a page of docs/guides. */
export function blocksOf(guide: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  const text = fs.readFileSync(path.join(guides, `${guide}.md`), 'utf8');
  for (const [, title, language, file, block] of text.matchAll(
    /^#+ (.+)$|^```(\w*)(?: (\S+))?\n([\s\S]*?)^```$/gm,
  )) {
    if (title !== undefined) heading = title;
    else blocks.push({ language: language ?? '', file, heading, text: block ?? '' });
  }
  return blocks;
}

/**
 * The commands (`sh`) that a guide has under a heading, as one shell script: what a reader runs is what the test runs.
 *
 * @throws when the heading has no commands
 */
export function commandsOf(guide: string, heading: string): string {
  const blocks = blocksOf(guide).filter((block) => block.heading === heading && block.language === 'sh');
  if (blocks.length === 0) throw new Error(`docs/guides/${guide}.md has no commands under "${heading}"`);
  return blocks.map(({ text }) => text).join('');
}
