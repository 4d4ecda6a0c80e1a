import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Module hooks identify a package by its place in a `node_modules` folder, so the checkout is copied into one, tests
 * included. The ports of the servers are written into the tests. Their runner gets ten times its time limits, because a
 * busy machine is no failure, and goes on after a failure. Returns the folder around it.
 */
export function layOut(checkout, [first, second]) {
  if (!existsSync(path.join(checkout, 'cjs/tests/index.js')))
    throw new Error(`${checkout} is no checkout of postgres: it has no cjs/tests/index.js`);
  const folder = mkdtempSync(path.join(tmpdir(), 'postgres-js-suite-'));
  const target = path.join(folder, 'node_modules/postgres');
  for (const name of ['package.json', 'src', 'tests', 'cjs']) {
    cpSync(path.join(checkout, name), path.join(target, name), { recursive: true });
  }
  for (const tests of ['tests', 'cjs/tests']) {
    const edit = (name, replacements) => replaceIn(path.join(target, tests, name), replacements);
    edit('index.js', [
      ['5432', first],
      ['5433', second],
    ]);
    edit('test.js', [
      ['t.timeout) * 1000', 't.timeout) * 10000'],
      ['? (ignored++, ignore)', '? fn()'],
      ['Object.values(tests).every', 'Object.values(tests).forEach'],
    ]);
  }
  return folder;
}

function replaceIn(file, replacements) {
  let text = readFileSync(file, 'utf8');
  for (const [before, after] of replacements) {
    if (!text.includes(before)) throw new Error(`${file} does not contain ${before}`);
    text = text.replaceAll(before, after);
  }
  writeFileSync(file, text);
}
