/** Characters of a stack that are reported; the runtime's own limit is ten frames. */
const MAX_LENGTH = 4000;

/** A module of a `data:` URL is named by its source, which may hold anything. */
const SOURCE = /data:.*(?=:\d+:\d+\)?$)/;

/**
 * The stack of the caller of a method, in the runtime's representation; `undefined` when there is none. It is formatted at
 * once, because an unformatted stack keeps the objects alive on which the callers' methods run.
 */
export function stackBelow(method: (...args: never[]) => unknown): string | undefined {
  if (typeof Error.captureStackTrace !== 'function') return undefined;
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, method);
  const { stack } = holder;
  // An application may have another representation (Error.prepareStackTrace).
  if (typeof stack !== 'string') return undefined;
  const frames = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .map((line) => line.replace(SOURCE, 'data:'));
  return frames.length === 0 ? undefined : frames.join('\n').slice(0, MAX_LENGTH);
}
