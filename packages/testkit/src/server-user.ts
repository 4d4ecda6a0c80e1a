import { execFileSync } from 'node:child_process';

/** Who runs Postgres: the ids to drop to, or nothing when the process may run it itself. */
export type ServerUser = { readonly uid: number; readonly gid: number } | Record<string, never>;

/**
 * Postgres refuses to run as root. `nobody` exists on every system (initdb looks its user up by id, so an
 * invented id would not do), and needs no `useradd`.
 */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function idOf(option: '-u' | '-g'): number {
  return Number.parseInt(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }), 10);
}
