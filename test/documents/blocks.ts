import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

/** A fenced block of a page. Readers of the page do not see `word`, the second one after the three backticks. */
export interface Block {
  readonly language: string;
  /** How the block is tested (test/documents/snippets.test.ts), or the file of an application that it shows. */
  readonly word: string | undefined;
  readonly heading: string;
  readonly text: string;
}

/** All fenced blocks of a page, given relative to the repository. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  const text = fs.readFileSync(path.join(repository, page), 'utf8');
  for (const [, title, indent, language, word, block] of text.matchAll(
    /^#+ (.+)$|^( *)```(\w*)(?: (\S+))?\n([\s\S]*?)^\2```$/gm,
  )) {
    if (title !== undefined) heading = title;
    else {
      const lines = (block ?? '').split('\n').map((line) => line.slice(indent?.length));
      blocks.push({ language: language ?? '', word, heading, text: lines.join('\n') });
    }
  }
  return blocks;
}
