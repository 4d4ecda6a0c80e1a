const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * What ends the demo: a signal, or a reader of its output that has gone. Until `wait()` is called there is nothing to
 * see or to sum up, and the process ends at once; Postgres and the shop end with it.
 */
export function watchInterruption() {
  let interrupt = () => {
    // Below the step that is under way.
    if (process.stderr.isTTY) process.stderr.write('\n');
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, () => interrupt());
  process.stdout.on('error', () => interrupt());
  return {
    /** Resolves at the first one from now on. */
    wait: () =>
      new Promise((resolve) => {
        interrupt = resolve;
      }),
    /** Lets a signal be handled that came while a step held the process: Ctrl-C also ends the programs of that step. */
    settle: () => new Promise((resolve) => setTimeout(resolve, 100)),
  };
}
