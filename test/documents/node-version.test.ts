import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const engineOf = (folder: string): string => JSON.parse(read(path.join(folder, 'package.json'))).engines.node;

const oldest = engineOf('.').replace('>=', '');

it.each(readdirSync(path.join(repository, 'packages')))(
  '%s needs the same Node.js as all packages',
  (name) => {
    expect(engineOf(`packages/${name}`)).toBe(`>=${oldest}`);
  },
);

it.each([
  ['CONTRIBUTING.md', `Node.js ${oldest} or newer`],
  ['README.md', `Node.js ${oldest} and newer`],
  ['docs/getting-started.md', `Node.js ${oldest} or newer`],
  ['docs/reference/compatibility.md', `| Node.js | ≥ ${oldest} |`],
  ['packages/pg-otel/README.md', `Node.js ${oldest} and newer`],
])('%s names it', (file, sentence) => {
  expect(read(file)).toContain(sentence);
});
