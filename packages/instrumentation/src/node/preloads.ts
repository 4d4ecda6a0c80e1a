const OUR_REGISTER = /pg-otel([\\/].*)?[\\/]register(\.js)?$/;

/**
 * Whether anything but our own is preloaded by `--require`: Node preloads it once more in the thread for module hooks,
 * where a second SDK, say, would be started.
 */
export function requiresOthers(): boolean {
  const { execArgv, env } = process;
  const options = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const required = options.flatMap((option, index) => {
    if (option === '-r' || option === '--require') return options[index + 1] ?? [];
    return option.startsWith('--require=') ? option.slice('--require='.length) : [];
  });
  return required.some((one) => !OUR_REGISTER.test(one));
}
