import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import type { PostgresServer } from '../postgres';
import { serverUser } from '../server-user';
import { serverProgram } from './programs';
import { type ServerProcess, startServerProcess } from './server-process';

export interface PgBouncerOptions {
  readonly postgres: Pick<PostgresServer, 'host' | 'port' | 'database' | 'user' | 'password'>;
  readonly poolMode: 'session' | 'transaction';
  /** Connections to the server. Default 5. */
  readonly poolSize?: number;
  /** Further settings of the section `pgbouncer`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface PgBouncer extends ServerProcess<'postgres'> {
  /** The connection string of the database behind it. */
  readonly url: string;
}

/** Starts a real PgBouncer in front of a Postgres. @throws when it does not start, with its log */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const { postgres, poolMode, poolSize = 5, settings = {} } = options;
  const program = serverProgram('pgbouncer', 'pgbouncer');
  const { user: role, password, database } = postgres;
  const isRoot = serverUser().uid !== undefined;
  const server = await startServerProcess({
    name: 'pgbouncer',
    program,
    ports: ['postgres'],
    args: ({ ports, folder }) => {
      writeConfig(folder, {
        listen_addr: '127.0.0.1',
        listen_port: ports.postgres,
        unix_socket_dir: '',
        auth_type: 'plain',
        auth_file: path.join(folder, 'users.txt'),
        pool_mode: poolMode,
        default_pool_size: poolSize,
        // It refuses to run as root.
        ...(isRoot ? { user: 'nobody' } : {}),
        ...settings,
      });
      return [path.join(folder, 'pgbouncer.ini')];
    },
    // The libraries that the machine may lack are next to the program.
    env: () => ({ LD_LIBRARY_PATH: path.dirname(program) }),
    isReady: ({ ports }) => accepts(ports.postgres),
  });

  function writeConfig(folder: string, lines: Readonly<Record<string, string | number>>): void {
    fs.chmodSync(folder, 0o755);
    fs.writeFileSync(path.join(folder, 'users.txt'), `"${role}" "${password}"\n`);
    fs.writeFileSync(
      path.join(folder, 'pgbouncer.ini'),
      [
        '[databases]',
        `${database} = host=${postgres.host} port=${postgres.port} dbname=${database}`,
        '[pgbouncer]',
        ...Object.entries(lines).map(([name, value]) => `${name} = ${value}`),
      ].join('\n'),
    );
  }

  return Object.assign(server, {
    url: `postgresql://${[role, password].map(encodeURIComponent).join(':')}@127.0.0.1:${server.ports.postgres}/${database}`,
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
