// `.ci/run`: tests, then everything static; the last line counts both.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checks, runChecks } from './steps/checks.mjs';
import { reportFailure, repository, runBin, runScript } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { jest } from './steps/jest.mjs';
import { setUpLines } from './steps/lines.mjs';
import { nativeFolder, setUpNative } from './steps/native.mjs';

const report = path.join(repository, '.cache', 'jest.json');

try {
  await setUp();
  await setUpLines();
  await setUpNative();
  const tests = await runTests();
  const statics = await runChecks([
    {
      name: 'format and lint (biome)',
      check: () => runBin('@biomejs/biome/bin/biome', ['ci', '--colors=off', '.']),
    },
    { name: 'types (tsc)', check: () => runBin('typescript/bin/tsc', ['-b']) },
    // That it works; what it measures beside everything else here means nothing.
    { name: 'bench --quick', check: () => runScript('bench.mjs', ['--quick']) },
    { name: 'bench:pool --quick', check: () => runScript('bench-pool.mjs', ['--quick']) },
    ...(await checks()),
  ]);
  const failed = tests.failed + statics.failed;
  console.log(`${tests.passed + statics.passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  reportFailure(error);
  console.log('0 passed, 1 failed');
}

async function runTests() {
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  process.env.PG_OTEL_NATIVE_FOLDER = nativeFolder;
  const code = await jest(['--ci', '--json', `--outputFile=${report}`, ...process.argv.slice(2)]);
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const passed = result.numPassedTests;
  // A file that does not even load has no tests to count; jest may also fail as a whole (a leak, a reporter).
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}
