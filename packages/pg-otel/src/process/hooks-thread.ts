import * as workerThreads from 'node:worker_threads';

/** The oldest supported Node does not have it. */
const { isInternalThread } = workerThreads as { isInternalThread?: boolean };

/** Whether this is Node's thread for module hooks. Node runs the modules of `--require` there once more. */
export const isHooksThread: boolean =
  isInternalThread ?? (!workerThreads.isMainThread && workerThreads.parentPort === null);
