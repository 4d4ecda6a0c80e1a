import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = path.resolve(fileURLToPath(import.meta.url), '../../..');

/** The error of a failed command, with its output. */
class CommandFailed extends Error {
  constructor(command, output) {
    super(`${command} failed:\n${output}`);
    this.name = 'CommandFailed';
  }
}

/** For a step that takes longer, a log shows the time. */
const NOTEWORTHY_SECONDS = 20;

/** Does a piece of work and shows its title on stderr: stdout is for the result of the command. */
export async function step(title, work) {
  const started = performance.now();
  const isTerminal = process.stderr.isTTY;
  process.stderr.write(isTerminal ? `… ${title}` : `${title}\n`);
  try {
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (isTerminal) process.stderr.write(`\r\x1b[K✓ ${title} (${seconds} s)\n`);
    else if (seconds > NOTEWORTHY_SECONDS) process.stderr.write(`${title}: ${seconds} s\n`);
    return result;
  } catch (error) {
    if (isTerminal) process.stderr.write(`\r\x1b[K✗ ${title}\n`);
    throw error;
  }
}

/** Runs a command quietly, gives it `input` on stdin, and resolves with its stdout. */
export async function run(command, args, { cwd = repository, env = process.env, input = '' } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}).end(input); // a command may end without reading it
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new CommandFailed([path.basename(command), ...args].join(' '), output);
  return stdout;
}

/** Runs a program of an installed package (npm's `.bin` links are shell scripts on some systems). */
export function runBin(program, args, options) {
  return run(process.execPath, [path.join(repository, 'node_modules', program), ...args], options);
}

/** Runs a script of this repository. */
export function runScript(script, args, options) {
  return run(process.execPath, [path.join(repository, 'scripts', script), ...args], options);
}

/** Runs npm: the one that runs this script, if any. npm does not get the folder it was started in. */
export function npm(args, { cwd = repository } = {}) {
  const { npm_config_local_prefix: _, npm_execpath: cli, ...env } = process.env;
  const quiet = [...args, '--loglevel=error', '--no-audit', '--no-fund'];
  return cli?.endsWith('npm-cli.js')
    ? run(process.execPath, [cli, ...quiet], { cwd, env })
    : run('npm', quiet, { cwd, env });
}

/** Prints the message of a failed command, or the stack of any other error, and sets exit code 1. */
export function reportFailure(error) {
  console.error(error instanceof CommandFailed ? error.message : error);
  process.exitCode = 1;
}
