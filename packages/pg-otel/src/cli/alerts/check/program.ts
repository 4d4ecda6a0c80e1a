import { execFile } from 'node:child_process';

/** A check takes about a second, and much longer on a busy machine. */
const TIMEOUT_MILLIS = 600_000;

export type Outcome =
  | { readonly kind: 'passed'; readonly output: string }
  | { readonly kind: 'failed'; readonly output: string }
  | { readonly kind: 'missing' };

/** Runs a program to its end. `env` is added to the environment variables of this process. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const options = {
    cwd,
    env: { ...process.env, ...env },
    timeout: TIMEOUT_MILLIS,
    maxBuffer: 16 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ kind: 'passed', output });
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' });
      else resolve({ kind: 'failed', output: output === '' ? error.message : output });
    });
  });
}

/** The first of the programs that is installed. */
export async function firstProgram(
  programs: readonly string[],
  cwd: string,
  args: readonly string[] = ['--version'],
): Promise<string | undefined> {
  for (const program of programs) {
    if ((await runProgram(program, args, { cwd })).kind !== 'missing') return program;
  }
  return undefined;
}
