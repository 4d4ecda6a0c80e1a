import { suggestion } from './suggestion';

/** What `parseArgs` has thrown, as one line. */
export function wrongArguments(error: Error, help: string): string {
  // Its second sentence explains the syntax of positional arguments, which no command takes.
  const said = error.message.replace(/\. (To specify|This command|Did you forget).*$/s, '');
  const option = /^Unknown option '(--?[^']*)'/.exec(said)?.[1];
  const meant = option === undefined ? undefined : suggestion(option, optionsIn(help));
  // Somebody may have given a connection string where no argument belongs.
  return withoutUrls(meant === undefined ? `${said}.` : `${said}. Did you mean ${meant}?`);
}

export const withoutUrls = (text: string): string => text.replace(/[^\s']*(?::\/\/|@)[^\s']*/g, '<URL>');

/** A help is the list of a command's options. */
export const optionsIn = (help: string): string[] => [
  '--help',
  ...Array.from(help.matchAll(/^ {2}(--[a-z-]+)/gm), ([, name]) => name as string),
];

/** `--processes -4` as `--processes=-4`: for `parseArgs`, -4 is an option. */
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
