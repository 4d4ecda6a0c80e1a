let endings = 0;
const sleepers = new Set<() => void>();

/** Whether the process waits for nothing but the work of {@link whileEnding}. */
export const isEnding = (): boolean => endings > 0;

/** Does the last work of a process: what waits for a retry wakes up, and nothing waits long any more. */
export async function whileEnding<Result>(work: () => Promise<Result>): Promise<Result> {
  endings += 1;
  for (const wake of sleepers) wake();
  try {
    return await work();
  } finally {
    endings -= 1;
  }
}

/** Resolves after a time, or when the process comes to its end; does not keep the process alive. */
export function sleepUntilEnding(millis: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      sleepers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, millis).unref();
    sleepers.add(wake);
  });
}
