import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PACKAGES } from './layout.mjs';

const LIMIT_MILLISECONDS = 120_000;

/** pg runs each of its files as a program (Makefile); the others are mocha's. */
export function testFiles(folder) {
  chmodSync(path.join(folder, 'node_modules/pg/test/unit/client/pgpass.file'), 0o600);
  return PACKAGES.flatMap((name) => {
    const cwd = path.join(folder, 'node_modules', name);
    const kind = name === 'pg' ? 'program' : 'mocha';
    const isTest = (file) =>
      kind === 'program' ? /^(unit|integration)\/.*-tests\.js$/.test(file) : /^[\w-]+\.js$/.test(file);
    return readdirSync(path.join(cwd, 'test'), { recursive: true })
      .filter((file) => isTest(file) && !['helper.js', 'setup.js'].includes(file))
      .sort()
      .map((file) => ({ name: `${name}/test/${file}`, file: path.join('test', file), kind, cwd, folder }));
  });
}

/** Resolves with the exit code, the output, and the tests by title: `passed`, `failed` or `skipped`. */
export async function runFile({ file, kind, cwd, folder }, env, instrumented) {
  const spansFile = path.join(folder, 'spans');
  rmSync(spansFile, { force: true });
  const mocha = path.join(folder, 'node_modules/mocha/bin/mocha.js');
  const args = kind === 'program' ? [file, 'postgres://'] : [mocha, '--reporter', 'json', file];
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env, ...(instrumented && preloadEnvironment(instrumented, spansFile)) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), LIMIT_MILLISECONDS);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(deadline);
  return {
    end: signal ?? code,
    output: stdout + stderr,
    tests: kind === 'program' ? programTests(stdout) : mochaTests(stdout),
    spans: existsSync(spansFile) ? sum(readFileSync(spansFile, 'utf8')) : 0,
  };
}

function preloadEnvironment({ preload, installation }, spansFile) {
  return { NODE_OPTIONS: `--require=${preload}`, SUITE_INSTALLATION: installation, SUITE_SPANS: spansFile };
}

/** pg's test/suite.js: two blanks, the title, and a mark. Older files have only an exit code. */
function programTests(stdout) {
  const states = { '✔': 'passed', 'FAILED!': 'failed', '? - SKIPPED': 'skipped' };
  return new Map(
    [...stdout.matchAll(/^ {2}(.*) (✔|FAILED!|\? - SKIPPED)$/gm)].map(([, title, mark]) => [
      title,
      states[mark],
    ]),
  );
}

function mochaTests(stdout) {
  const start = stdout.indexOf('{\n  "stats"');
  if (start === -1) return new Map();
  const { passes, failures, pending } = JSON.parse(stdout.slice(start, stdout.lastIndexOf('}') + 1));
  return new Map([
    ...passes.map(({ fullTitle }) => [fullTitle, 'passed']),
    ...failures.map(({ fullTitle }) => [fullTitle, 'failed']),
    ...pending.map(({ fullTitle }) => [fullTitle, 'skipped']),
  ]);
}

function sum(lines) {
  return lines
    .split('\n')
    .map(Number)
    .reduce((total, count) => total + count, 0);
}
