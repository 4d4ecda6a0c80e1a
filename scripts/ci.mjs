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
/** The arguments may name tests of one kind only. */
const someOrNone = ['--passWithNoTests', ...jestArguments];

try {
  // Uses apt-get, as the servers do: one at a time.
  await setUpNative();
  process.env.TEST_NATIVE_FOLDER = nativeFolder;
  const isSetUp = setUp().then(setUpInstallations);
  // Tests with servers wait most of the time, so they run next to the others. The servers are built meanwhile.
  const [e2e, others] = await both(testWithServers(isSetUp), testWithoutServers(isSetUp));
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
  const counts = [...others, e2e, statics];
  for (const { failures = [] } of counts) for (const failure of failures) console.log(`✗ ${failure}`);
  const [passed, failed] = ['passed', 'failed'].map((key) =>
    counts.reduce((sum, count) => sum + count[key], 0),
  );
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  reportFailure(error);
  console.log('0 passed, 1 failed');
}

/** Resolves when both have ended, also when one fails: nothing may be printed after the last line. */
async function both(...work) {
  const ended = await Promise.allSettled(work);
  const failure = ended.find(({ status }) => status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return ended.map(({ value }) => value);
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
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, failures: failuresOf(result) };
}

/** Repeated at the end: the output is long. */
function failuresOf({ testResults }) {
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = path.relative(repository, name);
    const tests = assertionResults.filter((each) => each.status === 'failed');
    if (tests.length === 0) return status === 'failed' ? [file] : [];
    return tests.map(({ fullName }) => `${file}: ${fullName}`);
  });
}

/** A missing server is a failure here: its tests would be skipped without notice. */
async function testWithServers(isSetUp) {
  let missing;
  try {
    missing = await setUpServers();
    await setUpChromium();
  } catch (error) {
    reportFailure(error);
    missing = [error];
  }
  await isSetUp;
  const e2e = await runTests('jest-e2e', ['--config=jest.e2e.config.js', ...someOrNone]);
  return { ...e2e, failed: e2e.failed + missing.length };
}

/** The set-ups install and build applications: together with the other tests, they would only wait for each other. */
async function testWithoutServers(isSetUp) {
  await isSetUp;
  const tests = await runTests('jest', ['--config=jest.all.config.js', ...jestArguments]);
  const registry = await setUpRegistry();
  const setups = await runTests('jest-setups', ['--config=jest.setups.config.js', ...someOrNone], registry);
  return [tests, setups];
}
