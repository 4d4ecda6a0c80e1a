import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';
import { pages } from './pages';

/** Downloads, or runs from npm, a package of ours. */
const COMMAND = /\b(npx|npm install|pnpm add|yarn add)\b[^\n]*pg-otel/;

const textOf = (page: string) => readFileSync(path.join(repository, page), 'utf8');
const naming = pages.filter((page) => page !== 'SECURITY.md' && COMMAND.test(textOf(page)));

// Until the first release anybody may publish a package of these names.
it.each(naming)('%s warns before it names a command that npm answers', (file) => {
  expect(textOf(file)).toMatch(/SECURITY\.md#the-packages-are-not-on-npm-yet|is not on npm yet/);
});

it('the section that the pages link to exists', () => {
  expect(naming.length).toBeGreaterThan(10);
  expect(textOf('SECURITY.md')).toContain('\n### The packages are not on npm yet\n');
});
