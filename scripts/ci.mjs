// `.ci/run`: all tests, those with real servers, then all static checks. The last line counts everything.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checks, runChecks } from './steps/checks.mjs';
import { setUpChromium } from './steps/chromium.mjs';
import { reportFailure, repository, runBin, runScript } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { jest } from './steps/jest.mjs';
import { nativeFolder, setUpNative } from './steps/native.mjs';
import { setUpServers } from './steps/servers.mjs';
import { setUpRegistry } from './steps/setups.mjs';

const jestArguments = process.argv.slice(2);

try {
  await setUp();
  await setUpInstallations();
  await setUpNative();
  process.env.TEST_NATIVE_FOLDER = nativeFolder;
  const tests = await runTests('jest', ['--config=jest.all.config.js', ...jestArguments]);
  const [e2e, setups] = await runWithServersAndApplications();
  const statics = await runChecks([
    {
      name: 'format and lint (biome)',
      check: () => runBin('@biomejs/biome/bin/biome', ['ci', '--colors=off', '.']),
    },
    { name: 'types (tsc)', check: () => runBin('typescript/bin/tsc', ['-b']) },
    // Only proves that it works: measurements next to everything else here mean nothing.
    { name: 'bench --quick', check: () => runScript('bench.mjs', ['--quick']) },
    { name: 'bench:pool --quick', check: () => runScript('bench-pool.mjs', ['--quick']) },
    ...(await checks()),
  ]);
  const counts = [tests, e2e, setups, statics];
  const [passed, failed] = ['passed', 'failed'].map((key) =>
    counts.reduce((sum, count) => sum + count[key], 0),
  );
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  reportFailure(error);
  console.log('0 passed, 1 failed');
}

async function runTests(name, args, env) {
  const report = path.join(repository, '.cache', `${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const code = await jest(['--ci', '--json', `--outputFile=${report}`, ...args], env);
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const passed = result.numPassedTests;
  // A file that does not even load has no tests to count; jest may also fail as a whole (a leak, a reporter).
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * The tests with real servers wait most of the time, and those with applications install and build, so both run at the
 * same time. A missing server is a failure here: its tests would be skipped without notice.
 */
async function runWithServersAndApplications() {
  let missing;
  try {
    missing = await setUpServers();
    await setUpChromium();
  } catch (error) {
    reportFailure(error);
    missing = [error];
  }
  const registry = await setUpRegistry();
  // Arguments may name tests of the other kinds only.
  const more = ['--passWithNoTests', ...jestArguments];
  const [e2e, setups] = await Promise.all([
    runTests('jest-e2e', ['--config=jest.e2e.config.js', ...more]),
    runTests('jest-setups', ['--config=jest.setups.config.js', ...more], registry),
  ]);
  return [{ ...e2e, failed: e2e.failed + missing.length }, setups];
}
