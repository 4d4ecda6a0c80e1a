import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Module hooks identify a package by its place in a `node_modules` folder, so the checkout is copied into one, tests
 * included. The ports of the servers are written into the tests. Returns the folder around it.
 */
export function layOut(checkout, [first, second]) {
  if (!existsSync(path.join(checkout, 'cjs/tests/index.js')))
    throw new Error(`${checkout} is no checkout of postgres: it has no cjs/tests/index.js`);
  const folder = mkdtempSync(path.join(tmpdir(), 'postgres-js-suite-'));
  const target = path.join(folder, 'node_modules/postgres');
  for (const name of ['package.json', 'src', 'tests', 'cjs']) {
    cpSync(path.join(checkout, name), path.join(target, name), { recursive: true });
  }
  for (const name of ['tests/index.js', 'cjs/tests/index.js']) {
    const file = path.join(target, name);
    const text = readFileSync(file, 'utf8').replaceAll('5432', first).replaceAll('5433', second);
    writeFileSync(file, text);
  }
  return folder;
}
