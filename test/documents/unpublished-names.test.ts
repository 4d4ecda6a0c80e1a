import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

/** Downloads, or runs from npm, a package of ours. */
const COMMAND = /\b(npx|npm install|pnpm add|yarn add)\b[^\n]*pg-otel/;

const packages = readdirSync(path.join(repository, 'packages')).map((name) => `packages/${name}/README.md`);
const docs = ['docs', 'docs/guides', 'docs/reference', 'docs/explanation'].flatMap((folder) =>
  readdirSync(path.join(repository, folder)).map((name) => `${folder}/${name}`),
);

function textOf(file: string): string {
  try {
    return readFileSync(path.join(repository, file), 'utf8');
  } catch {
    // A folder, or a package without a README.
    return '';
  }
}

const pages = ['README.md', 'examples/stack/README.md', ...packages, ...docs].filter((file) =>
  COMMAND.test(textOf(file)),
);

// Until the first release anybody may publish a package of these names.
it.each(pages)('%s warns before it names a command that npm answers', (file) => {
  expect(textOf(file)).toMatch(/SECURITY\.md#the-packages-are-not-on-npm-yet|is not on npm yet/);
});

it('the section that the pages link to exists', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(textOf('SECURITY.md')).toContain('\n### The packages are not on npm yet\n');
});
