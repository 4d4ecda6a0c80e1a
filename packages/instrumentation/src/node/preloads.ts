/** `register` of any package of ours, and what `pg-otel doctor` preloads into a program. */
const OURS = /pg-otel([\\/].*)?[\\/](register|dist[\\/]cli[\\/]doctor[\\/]program[\\/]probe)(\.js)?$/;
/** One of NODE_OPTIONS, which may be quoted in whole or in part. */
const OPTION = /(?:"(?:\\.|[^"\\])*"|[^\s"])+/g;

/**
 * Whether anything but our own is preloaded by `--require`: Node preloads it once more in the thread for module hooks,
 * where a second SDK, say, would be started.
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
