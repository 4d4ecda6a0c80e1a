import { warn } from '../warnings';

/** The command line of jest; its workers and the tests inside of it have another. */
const JEST = /[\\/](\.bin[\\/]jest|jest(-cli)?[\\/]bin[\\/]jest(\.js)?)$/;

/**
 * Warns when this process is a test runner that loads modules by itself: a preload patches the driver of the runner's
 * process, and tests get another copy of it.
 */
export function warnOfTestRunner(): void {
  const { argv, env, execArgv } = process;
  // Each is so in a preload only: a test that registers the instrumentation by itself knows what it does.
  const isJest = env['JEST_WORKER_ID'] === undefined && JEST.test(argv[1] ?? '');
  const isVitestInContexts =
    env['VITEST'] !== undefined &&
    execArgv.includes('--experimental-vm-modules') &&
    !('__vitest_worker__' in globalThis);
  if (!isJest && !isVitestInContexts) return;
  const [runner, setup] = isJest ? ['jest', 'setupFilesAfterEnv'] : ['vitest with a vm pool', 'setupFiles'];
  warn(
    'PG_OTEL_OWN_LOADER',
    `${runner} loads modules by itself, so the preload does not see the drivers that tests load. In a file of its ` +
      `${setup}, create the instrumentation and hand the driver over: new PostgresInstrumentation(); instrument(pg).`,
  );
}
