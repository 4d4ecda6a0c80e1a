/** The maximum length of a reported stack, in characters. By default, the runtime records ten frames. */
const MAX_LENGTH = 4000;

/** The name of a module with a `data:` URL contains its source, which may hold secrets. */
const SOURCE = /data:.*(?=:\d+:\d+\)?$)/;

/**
 * The stack of the caller of a method, in the runtime's representation; `undefined` when there is none. It is formatted
 * immediately, because an unformatted stack keeps the `this` objects of its frames alive.
 */
export function stackBelow(method: (...args: never[]) => unknown): string | undefined {
  if (typeof Error.captureStackTrace !== 'function') return undefined;
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, method);
  const { stack } = holder;
  // An application may define another representation (Error.prepareStackTrace).
  if (typeof stack !== 'string') return undefined;
  const frames = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .map((line) => line.replace(SOURCE, 'data:'));
  return frames.length === 0 ? undefined : frames.join('\n').slice(0, MAX_LENGTH);
}
