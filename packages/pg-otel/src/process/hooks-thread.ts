import * as workerThreads from 'node:worker_threads';

/** Younger than the oldest Node we work with. */
const { isInternalThread } = workerThreads as { isInternalThread?: boolean };

/** Whether this is Node's thread for module hooks, where `--require` runs what it preloads once more. */
export const isHooksThread: boolean =
  isInternalThread ?? (!workerThreads.isMainThread && workerThreads.parentPort === null);
