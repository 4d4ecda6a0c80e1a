/** The oldest supported Node has no `isInternalThread`. */
type WorkerThreads = Omit<typeof import('node:worker_threads'), 'isInternalThread'> & {
  readonly isInternalThread?: boolean;
};

/** Whether this is Node's thread for module hooks. Node runs the modules of `--require` there once more. */
export function isHooksThread(): boolean {
  // Not an import: start.ts imports this file.
  const { isInternalThread, isMainThread, parentPort }: WorkerThreads = require('node:worker_threads');
  return isInternalThread ?? (!isMainThread && parentPort === null);
}
