import * as workerThreads from 'node:worker_threads';

/** Younger than the oldest Node we work with. */
const { isInternalThread } = workerThreads as { isInternalThread?: boolean };

/**
 * Whether this is the thread in which Node runs module hooks. What is preloaded by `--require` runs there, too, and has
 * no business there.
 */
export const isHooksThread: boolean =
  isInternalThread ?? (!workerThreads.isMainThread && workerThreads.parentPort === null);
