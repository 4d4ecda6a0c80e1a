import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../steps/command.mjs';

const LIMIT_MILLISECONDS = 600_000;
const GRACE_MILLISECONDS = 10_000;
const PASSED = /✅/g;
const FAILED = /⛔️ (.*) at line \d+/g;
/** The runner's last line. A failing test may leave connections that keep its process alive. */
const END = /🎉|Not good/;

/** Runs all tests in one process, as the driver does. Resolves with the number that passed, the others and the spans. */
export async function runTests({ folder, build, env, isInstrumented, installation }) {
  const cwd = path.join(folder, 'node_modules/postgres', build === 'ESM' ? 'tests' : 'cjs/tests');
  const spansFile = path.join(folder, 'spans');
  const preload = path.join(repository, 'scripts/node-postgres-suite/preload.cjs');
  const child = spawn(process.execPath, [...(isInstrumented ? ['--import', preload] : []), 'index.js'], {
    cwd,
    env: { ...process.env, ...env, SUITE_INSTALLATION: installation, SUITE_SPANS: spansFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), LIMIT_MILLISECONDS);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
      if (END.test(text)) setTimeout(() => child.kill(), GRACE_MILLISECONDS).unref();
    });
  }
  const [code, signal] = await once(child, 'close');
  clearTimeout(deadline);
  const failed = [...output.stderr.matchAll(FAILED)].map(([, name]) => name);
  if (!END.test(output.stdout + output.stderr)) failed.push(`ends with ${signal ?? code}: ${output.stderr}`);
  return {
    passed: output.stdout.match(PASSED)?.length ?? 0,
    failed,
    spans: existsSync(spansFile) ? Number(readFileSync(spansFile, 'utf8')) : 0,
  };
}
