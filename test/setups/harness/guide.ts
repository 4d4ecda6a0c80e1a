import { blocksOf } from '../../documents/blocks';

/**
 * The commands (`sh`) that a guide has under a heading, as one shell script: what a reader runs is what the test runs.
 * The guide is given relative to docs/guides and without `.md`.
 *
 * @throws when the heading has no commands
 */
export function commandsOf(guide: string, heading: string): string {
  const blocks = blocksOf(`docs/guides/${guide}.md`).filter(
    (block) => block.heading === heading && block.language === 'sh' && block.word === undefined,
  );
  if (blocks.length === 0) throw new Error(`docs/guides/${guide}.md has no commands under "${heading}"`);
  return blocks.map(({ text }) => text).join('');
}
