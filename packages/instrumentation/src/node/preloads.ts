import * as workerThreads from 'node:worker_threads';

/** Missing from older Node versions. */
const { isInternalThread } = workerThreads as { isInternalThread?: boolean };

/**
 * Whether this is the thread in which Node runs module hooks. Node runs `--require` preloads there too; they must do
 * nothing.
 */
export const isHooksThread: boolean =
  isInternalThread ?? (!workerThreads.isMainThread && workerThreads.parentPort === null);

/** `register` of pg-otel's packages, and the file that `pg-otel doctor` preloads into a program. */
const OURS = /pg-otel([\\/].*)?[\\/](register|dist[\\/]cli[\\/]doctor[\\/]program[\\/]probe)(\.js)?$/;
/** One option in NODE_OPTIONS, which may be quoted in whole or in part. */
const OPTION = /(?:"(?:\\.|[^"\\])*"|[^\s"])+/g;

/**
 * Whether `--require` preloads modules other than pg-otel. Node runs them again in the thread for module hooks, where one
 * might, for example, start a second SDK.
 */
export function requiresOthers(): boolean {
  const { execArgv, env } = process;
  const inherited = env['NODE_OPTIONS']?.match(OPTION) ?? [];
  const options = [...execArgv, ...inherited.map((option) => option.replace(/\\(.)|"/g, '$1'))];
  const required = options.flatMap((option, index) => {
    if (option === '-r' || option === '--require') return options[index + 1] ?? [];
    return option.startsWith('--require=') ? option.slice('--require='.length) : [];
  });
  return required.some((one) => !OURS.test(one));
}
