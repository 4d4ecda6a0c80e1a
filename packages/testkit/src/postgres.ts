import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate } from './certificate';
import { createCluster } from './cluster';
import { type PostgresVersion, postgresFolder } from './postgres-binaries';
import { serverEnvironment } from './server-environment';
import { LOG_LINE_PREFIX } from './server-log';
import { type ServerUser, serverUser } from './server-user';

export interface PostgresOptions {
  /** The major version of Postgres. Default 18. */
  readonly version?: PostgresVersion;
  /** The database that is created at start. Default `app`. */
  readonly database?: string;
  /** The name of the superuser. Default `app`. */
  readonly user?: string;
  /** The password of the superuser. Default `secret`. */
  readonly password?: string;
  /** Offer TLS with a certificate made for this server; its authority is `PostgresServer.ca`. Default false. */
  readonly tls?: boolean;
  readonly maxConnections?: number;
  /** Further settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Lines of pg_hba.conf before the default, which requires a password by scram-sha-256. */
  readonly hba?: readonly string[];
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** `postgresql://user:password@host:port/database` */
  readonly url: string;
  /** PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD for a child process. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the unix socket: pass it as `host`. */
  readonly socketFolder: string;
  /** The certificate to trust (PEM), when `tls` was asked for. */
  readonly ca: string | undefined;
  /** The process id of the server; another one after `restart`. */
  readonly pid: number;
  /** The log of the server so far. */
  log(): string;
  /** Ends the server at once, as after a power failure (`pg_ctl stop -m immediate`). Its port is free afterwards. */
  crash(): Promise<void>;
  /** Starts the crashed server again, on the same port and with the same data. */
  restart(): Promise<void>;
  /**
   * Starts the crashed server again, and holds it before its recovery, where it refuses connections (57P03).
   *
   * @returns what lets it recover, and resolves once it is ready
   */
  restartInRecovery(): Promise<() => Promise<void>>;
  /** Stops the server and its backends in the middle of what they do (SIGSTOP). @returns what lets them go on */
  freeze(): () => void;
  /** Shuts the server down (open connections are closed) and removes its files. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Starts a real Postgres on a free port, with its data in a temporary folder. It ends with `stop()`, at the latest when
 * this process ends in any way.
 *
 * @throws when Postgres cannot run here, with its message
 * @example
 * const postgres = await startPostgres({ database: 'shop' });
 * const pool = new Pool({ connectionString: postgres.url });
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version = 18, database = 'app', user = 'app', password = 'secret' } = options;
  const asUser = serverUser();
  const postgresHome = postgresFolder(asUser, version);
  const folder = temporaryFolder(asUser);
  const guard = startGuard(folder);
  const data = path.join(folder, 'data');
  let ca: string | undefined;

  function removeFolder(): void {
    guard.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }

  function write(file: string, content: string): void {
    fs.writeFileSync(file, content, { mode: 0o600 });
    if (asUser.uid !== undefined) fs.chownSync(file, asUser.uid, asUser.gid);
  }

  try {
    createCluster(data, postgresHome, { database, user, password }, asUser);
    if (options.tls) {
      const { certificate, key } = await selfSignedCertificate();
      write(path.join(data, 'server.crt'), certificate);
      write(path.join(data, 'server.key'), key);
      ca = certificate;
    }
    const hbaFile = path.join(data, 'pg_hba.conf');
    write(hbaFile, [...(options.hba ?? []), fs.readFileSync(hbaFile, 'utf8')].join('\n'));

    const program = path.join(postgresHome, 'bin', 'postgres');
    const settings = {
      listen_addresses: HOST,
      unix_socket_directories: folder,
      fsync: 'off',
      log_line_prefix: LOG_LINE_PREFIX,
      ...(options.tls ? { ssl: 'on' } : {}),
      ...(options.maxConnections === undefined ? {} : { max_connections: options.maxConnections }),
      ...options.settings,
    };
    const started = await startServer(program, folder, asUser, settings);
    const { port } = started;
    let { server } = started;
    const becomesReadyAgain = async () => {
      if (!(await becomesReady(server, folder))) {
        throw new Error(`Postgres did not start again:\n${fs.readFileSync(logFile(folder), 'utf8')}`);
      }
      server.unref();
    };
    return {
      host: HOST,
      port,
      database,
      user,
      password,
      url: `postgresql://${[user, password].map(encodeURIComponent).join(':')}@${HOST}:${port}/${encodeURIComponent(database)}`,
      env: { PGHOST: HOST, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: password },
      socketFolder: folder,
      ca,
      get pid() {
        return server.pid as number;
      },
      log: () => fs.readFileSync(logFile(folder), 'utf8'),
      crash: () => endServer(server, 'SIGQUIT'),
      async restart() {
        server = spawnServer(program, folder, asUser, settings, port);
        await becomesReadyAgain();
      },
      async restartInRecovery() {
        const go = path.join(data, 'recover');
        fs.rmSync(go, { force: true });
        write(path.join(data, 'recovery.signal'), '');
        // The server asks the archive first, in its data folder. The lock file is gone once the server has ended.
        const restore_command = 'until [ -e recover ] || [ ! -e postmaster.pid ]; do sleep 0.1; done; false';
        // A hot standby would answer queries before the recovery ends.
        server = spawnServer(
          program,
          folder,
          asUser,
          { ...settings, hot_standby: 'off', restore_command },
          port,
        );
        return async () => {
          write(go, '');
          await becomesReadyAgain();
        };
      },
      freeze() {
        const processes = [server.pid as number, ...childrenOf(server.pid as number)];
        for (const pid of processes) process.kill(pid, 'SIGSTOP');
        return () => {
          for (const pid of processes) process.kill(pid, 'SIGCONT');
        };
      },
      async stop() {
        await endServer(server, 'SIGTERM');
        removeFolder();
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** A folder the server's user may write in. Its path is short: a unix socket's has at most 107 characters. */
function temporaryFolder(user: ServerUser): string {
  for (const parent of new Set([os.tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = fs.mkdtempSync(path.join(parent, 'pg-otel-'));
    if (user.uid === undefined) return folder;
    fs.chownSync(folder, user.uid, user.gid);
    if (spawnSync('/bin/sh', ['-c', '[ -w "$0" ]', folder], { ...user, cwd: '/' }).status === 0)
      return folder;
    fs.rmSync(folder, { recursive: true });
  }
  throw new Error('No temporary folder for Postgres: set TMPDIR to one that every user may enter');
}

async function startServer(
  program: string,
  folder: string,
  user: ServerUser,
  settings: Readonly<Record<string, string | number>>,
): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    fs.rmSync(logFile(folder), { force: true });
    const server = spawnServer(program, folder, user, settings, port);
    if (await becomesReady(server, folder)) {
      server.unref();
      return { server, port };
    }
    const said = fs.readFileSync(logFile(folder), 'utf8');
    const portWasTaken = said.includes('could not bind');
    if (!portWasTaken || attempt === 5) throw new Error(`Postgres did not start:\n${said}`);
  }
}

function spawnServer(
  program: string,
  folder: string,
  user: ServerUser,
  settings: Readonly<Record<string, string | number>>,
  port: number,
): ChildProcess {
  const log = fs.openSync(logFile(folder), 'a');
  const server = spawn(
    program,
    ['-D', path.join(folder, 'data'), '-p', String(port), ...Object.entries(settings).flatMap(setting)],
    // A separate session: Ctrl-C in a terminal goes to the program that uses the server, not to the server.
    { ...user, cwd: folder, env: serverEnvironment(), detached: true, stdio: ['ignore', log, log] },
  );
  fs.closeSync(log);
  return server;
}

function setting([name, value]: [string, string | number]): string[] {
  return ['-c', `${name}=${value}`];
}

/** As pg_ctl does, reads the last line of postmaster.pid. False when the server ended instead. */
async function becomesReady(server: ChildProcess, folder: string): Promise<boolean> {
  const statusFile = path.join(folder, 'data', 'postmaster.pid');
  let failed = false;
  server.once('error', () => {
    failed = true;
  });
  while (!failed && server.exitCode === null && server.signalCode === null) {
    const status = fs.existsSync(statusFile) ? fs.readFileSync(statusFile, 'utf8').split('\n')[7] : undefined;
    if (status?.trim() === 'ready') return true;
    await sleep(10);
  }
  return false;
}

const END_DELAYS = { SIGTERM: 0, SIGINT: 500, SIGQUIT: 5_000 };

/**
 * Sends the signal, and the harder ones later. A smart shutdown (SIGTERM) waits for the clients: a fast one (SIGINT)
 * would send an error to a client whose goodbye the server has not read yet, and its pool would emit it. An immediate
 * shutdown is SIGQUIT.
 */
async function endServer(server: ChildProcess, first: keyof typeof END_DELAYS): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const ended = once(server, 'exit');
  server.kill(first);
  const harder = (['SIGINT', 'SIGQUIT'] as const).filter((signal) => END_DELAYS[signal] > END_DELAYS[first]);
  const timers = harder.map((signal) => setTimeout(() => server.kill(signal), END_DELAYS[signal]));
  await ended;
  for (const timer of timers) clearTimeout(timer);
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

/**
 * Waits for the end of this process, which closes the pipe, also after SIGKILL. Then it shuts the server down and removes
 * its files. `postmaster.pid` disappears with the server, so the guard never stops another process.
 */
function startGuard(folder: string): ChildProcess {
  const script = `
    read -r _
    { read -r pid < "$0/data/postmaster.pid"; } 2>/dev/null && kill -QUIT "$pid" && kill -CONT "$pid"
    while [ -f "$0/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -rf "$0"`;
  const guard = spawn('/bin/sh', ['-c', script, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as net.Socket).unref();
  return guard;
}

function logFile(folder: string): string {
  return path.join(folder, 'server.log');
}

/** A port that is free now. Another process may take it before the server does. */
export async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as net.AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
