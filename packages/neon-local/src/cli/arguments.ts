import { parseArgs } from 'node:util';
import { readHost, readOrigin } from '../allowed-requests';
import type { NeonLocalOptions } from '../neon-local';
import { readPostgresAddress } from '../postgres-address';

/** An argument that is missing, wrong or unknown. Its message is for the user of the command. */
export class BadArgument extends Error {}

export type Settings =
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | {
      readonly type: 'run';
      readonly options: NeonLocalOptions;
      readonly json: boolean;
      readonly stopWithStdin: boolean;
    };

const DEFAULT_PORT = 4444;

/** @throws {BadArgument} */
export function readArguments(argv: string[]): Settings {
  const given = parse(argv);
  if (given.help) return { type: 'help' };
  if (given.version) return { type: 'version' };
  if (given.postgres === undefined) {
    throw new BadArgument('--postgres is missing: a URL like postgres://localhost:5432');
  }
  return {
    type: 'run',
    options: {
      postgres: explained(() => readPostgresAddress('--postgres', given.postgres)),
      host: given.host ?? '127.0.0.1',
      port: readPort(given.port),
      allowedHosts: explained(() => (given['allow-host'] ?? []).map(readHost)),
      allowedOrigins: explained(() => (given['allow-origin'] ?? []).map(readOrigin)),
      rolePasswords: Object.fromEntries((given['role-password'] ?? []).map(readRolePassword)),
    },
    json: given.json ?? false,
    stopWithStdin: given['stop-with-stdin'] ?? false,
  };
}

function parse(args: string[]) {
  return explained(
    () =>
      parseArgs({
        args,
        options: {
          postgres: { type: 'string' },
          port: { type: 'string' },
          host: { type: 'string' },
          'allow-host': { type: 'string', multiple: true },
          'allow-origin': { type: 'string', multiple: true },
          'role-password': { type: 'string', multiple: true },
          json: { type: 'boolean' },
          'stop-with-stdin': { type: 'boolean' },
          help: { type: 'boolean', short: 'h' },
          version: { type: 'boolean' },
        },
      }).values,
  );
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new BadArgument(`--port must be a whole number from 0 to 65535, got "${text}"`);
}

function readRolePassword(text: string): [string, string] {
  const [, role, password] = text.match(/^([^=]+)=(.+)$/s) ?? [];
  if (role === undefined || password === undefined) {
    // The message does not repeat the value, which may be a password.
    throw new BadArgument('--role-password must be role=password');
  }
  return [role, password];
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    // Node's message repeats the argument, which may be a connection string.
    if ((error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
      throw new BadArgument('Every argument has an option: --postgres postgres://localhost:5432');
    }
    throw new BadArgument((error as Error).message);
  }
}
