import { parseArgs } from 'node:util';
import { BadInput, shown } from '../bad-input';

/** What is watched, and how. */
export type WatchArguments = { readonly isJson: boolean } & (
  | { readonly command: readonly string[] }
  | { readonly url: URL }
);

/** @throws {BadInput}, and the error of `parseArgs` */
export function readArguments(args: readonly string[]): WatchArguments {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { values } = parseArgs({
    args: args.slice(0, end),
    options: { url: { type: 'string' }, json: { type: 'boolean' } },
  });
  const command = args.slice(end + 1);
  const isJson = values.json ?? false;
  if (values.url !== undefined) {
    if (command.length > 0) throw new BadInput('--url and a command exclude each other');
    return { isJson, url: urlOf(values.url) };
  }
  if (command.length === 0) {
    throw new BadInput(
      'A command is missing: pg-otel watch -- node app.js, or --url for a program that runs',
    );
  }
  return { isJson, command };
}

function urlOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw new BadInput(
      `--url must be a URL without a password, like http://127.0.0.1:4500, got ${shown(given)}`,
    );
  }
  return url;
}
