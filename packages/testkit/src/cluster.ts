import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from './installations';
import { serverEnvironment } from './server-environment';
import type { ServerUser } from './server-user';

export interface ClusterOptions {
  readonly database: string;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
}

const templates = path.join(repository, '.cache', 'clusters');

/**
 * Writes the data folder of a new server into `target`: a copy of a template, since initdb takes a second of CPU time.
 * The template for these options is created once and kept.
 *
 * @throws when initdb fails, with its message
 */
export function createCluster(
  target: string,
  postgres: string,
  options: ClusterOptions,
  asUser: ServerUser,
): void {
  const key = JSON.stringify([postgres, fs.statSync(postgres).mtimeMs, options, asUser]);
  const template = path.join(templates, createHash('sha256').update(key).digest('hex').slice(0, 16));
  if (fs.existsSync(template)) {
    copy(template, target);
    return;
  }
  initialise(target, postgres, options, asUser);
  fs.mkdirSync(templates, { recursive: true });
  const unfinished = `${template}.${process.pid}`;
  copy(target, unfinished);
  try {
    fs.renameSync(unfinished, template);
  } catch {
    // Another process was quicker: its template has the same content.
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Copies owners and permissions as well: Postgres checks them. */
function copy(from: string, to: string): void {
  run('cp', ['-a', from, to]);
}

function initialise(
  data: string,
  postgres: string,
  { database, user, password }: ClusterOptions,
  asUser: ServerUser,
): void {
  const programs = path.join(postgres, 'bin');
  const passwordFile = `${data}.password`;
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  if (asUser.uid !== undefined) fs.chownSync(passwordFile, asUser.uid, asUser.gid);
  const initdb = [
    `--pgdata=${data}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  run(path.join(programs, 'initdb'), initdb, asUser);
  fs.rmSync(passwordFile);
  if (database === 'postgres') return;
  // The single-user mode needs no server and no client.
  const createDatabase = `CREATE DATABASE "${database.replaceAll('"', '""')}";\n`;
  run(path.join(programs, 'postgres'), ['--single', '-D', data, 'postgres'], asUser, createDatabase);
}

function run(program: string, args: readonly string[], asUser: ServerUser = {}, input?: string): void {
  const result = spawnSync(program, args, {
    ...asUser,
    cwd: '/',
    env: serverEnvironment(),
    input,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    const message = result.error?.message ?? (result.stderr || result.stdout);
    throw new Error(`${path.basename(program)} failed: ${message}`);
  }
}
