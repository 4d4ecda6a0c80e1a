import { bundle, type PostgresServer, place, startPostgres } from '@pg-otel/testkit';
import { type Driver, type Program, read } from './runs';

/** How a program gets the driver. The two builds share nothing; in a bundle no module hook sees it. */
export type Build = 'CommonJS' | 'ESM' | 'bundle';

/** In `npm test`. */
export const SHORT_PROGRAMS = ['queries', 'transactions', 'streams'];
export const LONG_PROGRAMS = ['connections', 'options', 'order', 'shapes'];

/** A server with everything that the programs use. */
export const startServer = (): Promise<PostgresServer> =>
  startPostgres({
    database: 'shop',
    tls: true,
    settings: { wal_level: 'logical', max_prepared_transactions: 10 },
  });

/** A program of the folder `programs`, without the prefix of its name. */
export async function program(
  postgres: PostgresServer,
  { installation }: Driver,
  build: Build,
  name: string,
  ...args: string[]
): Promise<Program> {
  return {
    name: `postgres-js-${name}`,
    args,
    nodeArgs: build === 'ESM' ? ['--import', place(installation, read('postgres-js-import.mjs'), 'mjs')] : [],
    env: {
      ...postgres.env,
      URL: postgres.url,
      SOCKET_FOLDER: postgres.socketFolder,
      CA: postgres.ca as string,
      POSTGRES_STAGE: place(installation, read('postgres-js-stage.cjs'), 'cjs'),
      ...(build === 'bundle' && { BUNDLE: await bundled(installation) }),
    },
  };
}

const bundled = (installation: Driver['installation']): Promise<string> =>
  bundle({
    installation,
    source: `export { default } from 'postgres';`,
    format: 'cjs',
    withOurs: false,
  });
