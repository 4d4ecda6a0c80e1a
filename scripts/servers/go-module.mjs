import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { run } from '../steps/command.mjs';
import { Unavailable } from './unavailable.mjs';

/**
 * Without inlined functions and data for debuggers, the compiler takes a quarter less CPU time. How fast the programs run
 * matters little in tests that wait for them.
 */
export const COMPILER_FLAGS = 'all=-l -dwarf=false';

/**
 * Builds programs of a module with exactly the dependencies that its own go.mod and go.sum name. `go install` refuses
 * modules with `replace`, and a module of ours that requires it would choose other versions, so the build happens in
 * the (read-only) folder that the module has in Go's cache.
 *
 * @throws Unavailable
 */
export async function buildPrograms({ module, programs, tags = '', ldflags = '' }, folder) {
  needGo();
  const { Dir: source } = JSON.parse(await go(['mod', 'download', '-json', module], { cwd: folder }));
  for (const program of programs) {
    await go(
      [
        'build',
        '-mod=readonly',
        '-trimpath',
        `-tags=${tags}`,
        `-gcflags=${COMPILER_FLAGS}`,
        `-ldflags=-s -w ${ldflags}`,
        `-o=${path.join(folder, program)}`,
        `./cmd/${program}`,
      ],
      { cwd: source },
    );
  }
}

/** @throws Unavailable */
export function needGo() {
  if (spawnSync('go', ['version']).error !== undefined)
    throw new Unavailable('it is built with Go, and there is no `go` here (https://go.dev/dl)');
}

export function go(args, { cwd, env }) {
  return run('go', args, { cwd, env: { ...goEnvironment(), ...env } });
}

/**
 * Without C the programs need nothing of the system. A work file is for the developers of a module; Prometheus has one
 * that names folders which its module lacks.
 */
export function goEnvironment() {
  return { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' };
}
