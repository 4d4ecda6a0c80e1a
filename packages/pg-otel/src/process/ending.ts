let endings = 0;
const sleepers = new Set<() => void>();

/** Whether the process would end if the work of {@link whileEnding} were done. */
export const isEnding = (): boolean => endings > 0;

/** Runs the last work of a process: waits for a retry end at once, and further waits are short. */
export async function whileEnding<Result>(work: () => Promise<Result>): Promise<Result> {
  endings += 1;
  for (const wake of sleepers) wake();
  try {
    return await work();
  } finally {
    endings -= 1;
  }
}

/** Resolves after a time or when the process is about to end. It does not keep the process alive. */
export function sleepUntilEnding(millis: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      sleepers.delete(wake);
      resolve();
    };
    // A receiver that asks for a retry at once gets a negative time from the SDK, of which Node would warn.
    const timer = setTimeout(wake, Math.max(millis, 0)).unref();
    sleepers.add(wake);
  });
}
