import { warn } from '../warnings';

/** There, no instrumentation of OpenTelemetry can be constructed: `module` has no file. */
export const FORKS = 'Use the pool forks of vitest (--pool=forks), which needs nothing.';

/** Matches the script of jest's main process. Its workers run another script. */
const JEST = /[\\/](\.bin[\\/]jest|jest(-cli)?[\\/]bin[\\/]jest(\.js)?)$/;

/**
 * Warns when this process is a test runner with its own module loader: a preload instruments the driver of the runner's
 * process, but tests load another copy of the driver.
 */
export function warnOfTestRunner(): void {
  const { argv, env, execArgv } = process;
  // These conditions are true in preloads only, because a test that creates the instrumentation itself needs no warning.
  const isJest = env['JEST_WORKER_ID'] === undefined && JEST.test(argv[1] ?? '');
  const isVitestInContexts =
    env['VITEST'] !== undefined &&
    execArgv.includes('--experimental-vm-modules') &&
    !('__vitest_worker__' in globalThis);
  if (!isJest && !isVitestInContexts) return;
  const runner = isJest ? 'jest' : 'vitest with a vm pool';
  warn(
    'PG_OTEL_OWN_LOADER',
    `${runner} loads modules with its own loader, so the preload does not instrument the drivers that tests load. ` +
      (isJest
        ? 'In a file of its option setupFilesAfterEnv, write: new PostgresInstrumentation(); instrument(pg).'
        : FORKS),
  );
}
