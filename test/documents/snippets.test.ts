import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { compile, parseThresholds } from '@pg-otel/alerts';
import { repository } from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { type Block, blocksOf } from './blocks';
import { pages } from './pages';

const applications = path.join(repository, 'test/setups/applications');

/** Commands that no test runs, by the word behind their language. */
const NOT_RUN = {
  docker: 'needs Docker',
  account: 'needs an account with a cloud',
  host: 'changes the host of a server',
  clone: 'for a clone of this repository: CI runs them',
  hand: 'run by hand, with the versions in docs/reference/compatibility.md',
};
/** Configuration that test/e2e/documented-configuration.test.ts gives to the servers' own tools. */
const CONFIGURATION = ['alertmanager', 'prometheus', 'collector'];

const all = pages.flatMap((page) => blocksOf(page).map((block) => ({ page, ...block })));
const inLanguage = (...languages: string[]) => all.filter(({ language }) => languages.includes(language));
const isPath = (word: string | undefined) => word?.includes('/') === true;

describe('a block of a page', () => {
  it('that shows a file of an application shows it as it is', () => {
    const files = inLanguage('js', 'ts').filter(({ word }) => isPath(word));
    expect(files.length).toBeGreaterThan(5);
    for (const { word, text } of files) {
      const folder = word?.startsWith('examples/') ? repository : applications;
      expect(fs.readFileSync(path.join(folder, word ?? ''), 'utf8')).toContain(text);
    }
  });

  it('of commands is run by a test, or names why not', () => {
    const untested = inLanguage('sh', 'console').filter(({ page, heading, language, word }) => {
      if (word === undefined) return language === 'console' || !isRunBySetups(page, heading);
      if (isPath(word)) return !fs.existsSync(path.join(repository, word));
      return word !== 'run' && !Object.hasOwn(NOT_RUN, word);
    });
    expect(untested.map(nameOf)).toEqual([]);
  });

  it('without a language shows output, no commands', () => {
    const commands = inLanguage('').filter(({ text }) => /^(\$ )?(npm|npx|node|docker|curl) /m.test(text));
    expect(commands.map(nameOf)).toEqual([]);
  });

  it('of JSON can be read', () => {
    for (const { text } of inLanguage('json')) expect(() => JSON.parse(text)).not.toThrow();
  });

  it('of YAML has a test that reads it', () => {
    const known = ['thresholds', 'pnpm', ...CONFIGURATION];
    const unknown = inLanguage('yaml').filter(({ word }) => !known.includes(word ?? ''));
    expect(unknown.map(nameOf)).toEqual([]);
  });

  it.each(
    inLanguage('yaml')
      .filter(({ word }) => word === 'thresholds')
      .map((block) => [nameOf(block), block]),
  )('of thresholds compiles in place of those that ship: %s', (_, { text }) => {
    const shipped = fs.readFileSync(path.join(repository, 'collector-config/thresholds.yaml'), 'utf8');
    const thresholds = parseThresholds(stringify({ ...parse(shipped), ...parse(text) }), 'thresholds.yaml');
    expect(compile(thresholds, 'single').files.length).toBeGreaterThan(5);
  });

  it('of JavaScript or TypeScript compiles', () => {
    const folder = path.join(repository, '.cache', 'snippets');
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    const snippets = inLanguage('js', 'ts').filter(({ word }) => !isPath(word));
    let text = '';
    for (const [index, block] of snippets.entries()) {
      text = block.word === 'continued' ? text + block.text : block.text;
      fs.writeFileSync(path.join(folder, `${index}${extensionOf(block.language, text)}`), text);
    }
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
    expect(tsc(folder).replace(/^(\d+)\.\w+/gm, (_, index) => nameOf(snippets[index] as Named))).toBe('');
  });
});

type Named = Block & { readonly page: string };

function nameOf({ page, heading, text }: Named): string {
  return `${page}, "${heading}": ${text.split('\n', 1)}`;
}

/** A test in test/setups names the page and the heading, of which the part behind a comma is a variant. */
function isRunBySetups(page: string, heading: string): boolean {
  const guide = path.relative('docs/guides', page.replace(/\.md$/, ''));
  const names = [heading, heading.replace(/, [^,]+$/, '')].flatMap((name) => [`'${name}'`, `"${name}"`]);
  return setupTests().some(
    (text) => text.includes(`guide: '${guide}'`) && names.some((name) => text.includes(name)),
  );
}

function setupTests(): string[] {
  const folder = path.join(repository, 'test/setups');
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
}

const compilerOptions = {
  module: 'nodenext',
  target: 'es2022',
  noEmit: true,
  allowJs: true,
  checkJs: true,
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  types: ['node'],
};

/** As a package.json that suits the snippet would have it. */
function extensionOf(language: string, text: string): string {
  if (language === 'ts') return '.mts';
  return /^import /m.test(text) ? '.mjs' : '.cjs';
}

function tsc(folder: string): string {
  try {
    execFileSync(process.execPath, [path.join(repository, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
      cwd: folder,
    });
    return '';
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

describe('the commands of a page, in an empty folder', () => {
  const runnable = pages.filter((page) =>
    blocksOf(page).some(({ language, word }) => language === 'sh' && word === 'run'),
  );
  it.each(runnable)('%s', (page) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-docs-'));
    const bin = path.join(folder, 'bin');
    const cwd = path.join(folder, 'project');
    fs.mkdirSync(bin);
    fs.mkdirSync(cwd);
    // Our commands as built here: npm would look for packages that are not published.
    fs.writeFileSync(
      path.join(bin, 'npx'),
      `#!/bin/sh\ncommand="$1"\nshift\nexec "${repository}/node_modules/.bin/$command" "$@"\n`,
      { mode: 0o755 },
    );
    try {
      for (const { language, word, text } of blocksOf(page)) {
        if (language !== 'sh' || word !== 'run') continue;
        const env = {
          ...process.env,
          PATH: `${bin}:${path.dirname(process.execPath)}:${process.env['PATH']}`,
        };
        execFileSync('sh', ['-e', '-c', text], { cwd, env, stdio: 'pipe' });
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
