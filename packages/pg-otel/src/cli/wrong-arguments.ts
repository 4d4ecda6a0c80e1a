/** An error of `parseArgs` as one line. */
export function wrongArguments(error: Error, help: string): string {
  // The second sentence of the error explains positional arguments, which no command has.
  const text = error.message.replace(/\. (To specify|This command|Did you forget).*$/s, '');
  if (isPositional(error) && help.includes(' -- <command')) {
    return withoutUrls(`${text}. The command of a program comes after "--".`);
  }
  const option = /^Unknown option '(--?[^']*)'/.exec(text)?.[1];
  const meant = option === undefined ? undefined : suggestion(option, optionsIn(help));
  // The wrong argument may be a connection string with a password.
  return withoutUrls(meant === undefined ? `${text}.` : `${text}. Did you mean ${meant}?`);
}

const isPositional = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';

export const withoutUrls = (text: string): string => text.replace(/[^\s']*(?::\/\/|@)[^\s']*/g, '<URL>');

/** The options that a help text lists. */
export const optionsIn = (help: string): string[] => [
  '--help',
  ...Array.from(help.matchAll(/^ {2}(--[a-z-]+)/gm), ([, name]) => name as string),
];

/** Joins `--processes -4` to `--processes=-4`, because `parseArgs` takes -4 for an option. */
export function withNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-\.?\d/.test(arg) && last !== undefined && /^--[a-z][^=]*$/.test(last)) {
      joined[joined.length - 1] = `${last}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

/**
 * The known name that was probably meant. The instrumentation is loaded only here: without its peer dependencies it
 * cannot be loaded, and `pg-otel doctor` must work nevertheless to report that.
 */
export function suggestion(written: string, known: readonly string[]): string | undefined {
  try {
    const { nearest }: typeof import('@pg-otel/instrumentation') = require('@pg-otel/instrumentation');
    return nearest(written, known);
  } catch {
    return undefined;
  }
}
