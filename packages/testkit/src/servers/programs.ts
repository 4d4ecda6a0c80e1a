import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The programs of each server, in a folder of its name (scripts/servers/recipes.mjs puts them there). */
const programs = {
  collector: ['otelcol-pg'],
  'prometheus-2': ['prometheus', 'promtool'],
  'prometheus-3': ['prometheus', 'promtool'],
  alertmanager: ['alertmanager', 'amtool'],
  jaeger: ['jaeger'],
  pgbouncer: ['pgbouncer'],
} as const;

export type ServerName = keyof typeof programs;

/** Whether all these servers can be started. Where one cannot be built, its tests are left out, except in CI. */
export function haveServers(...names: readonly ServerName[]): boolean {
  return names.every((name) => programs[name].every((program) => fs.existsSync(place(name, program))));
}

/** @throws when it is not there, with what brings it */
export function serverProgram<Name extends ServerName>(
  name: Name,
  program: (typeof programs)[Name][number],
): string {
  const file = place(name, program);
  if (!fs.existsSync(file)) {
    throw new Error(
      `No ${program} in ${path.dirname(file)} (TEST_SERVERS): \`npm run e2e\` builds the servers and runs the tests`,
    );
  }
  return file;
}

function place(name: ServerName, program: string): string {
  const folder = process.env['TEST_SERVERS'];
  if (folder === undefined) {
    throw new Error(
      'TEST_SERVERS, the folder of the servers, is not set: run the tests by `npm run e2e`, which builds them',
    );
  }
  return path.join(folder, name, program);
}

export interface ProgramResult {
  /** Null when it did not end in time. */
  readonly code: number | null;
  /** Stdout and stderr. */
  readonly output: string;
}

/** Runs a program to its end. An exit code other than 0 is a result, not an error. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
  } = {},
): ProgramResult {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    ...options,
    env: { ...serverEnvironment(), ...options.env },
    encoding: 'utf8',
    // Only a program that hangs takes as long, however busy the machine.
    timeout: 600_000,
  });
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== 'ETIMEDOUT') throw error;
  return { code: status, output: stdout + stderr };
}

/** The servers read OTEL_*, proxies and more from theirs: they get what is needed to run, and what a test gives. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', LC_ALL: 'C', TZ: 'UTC' };
}
