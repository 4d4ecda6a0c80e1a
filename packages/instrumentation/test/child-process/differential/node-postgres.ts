import { type PostgresServer, runtimes, startPostgres } from '@pg-otel/testkit';
import type { Driver, Program } from './runs';

/** A server with everything that the programs use. */
export const startServer = (): Promise<PostgresServer> => startPostgres({ database: 'shop', tls: true });

/** A program of the folder `programs`. */
export const program = (postgres: PostgresServer, name: string, ...args: string[]): Program => ({
  name,
  args,
  env: {
    ...postgres.env,
    URL: postgres.url,
    SOCKET_FOLDER: postgres.socketFolder,
    CA: postgres.ca as string,
  },
});

export const oldest: Driver = { installation: 'otel-2/oldest-pg', node: process.execPath };
/** The newest on each runtime, and the oldest. */
export const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['the oldest pg', oldest],
];
export const newest = drivers[0]?.[1] as Driver;
