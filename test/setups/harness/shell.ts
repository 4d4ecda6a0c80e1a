import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

export interface Shell {
  readonly cwd: string;
  /** An absolute path; `node` in the commands is this one. */
  readonly node: string;
  /** A folder with further commands. */
  readonly commands?: string | undefined;
  /** On top of what a user's terminal has. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * Starts a script in its own process group. Its last command replaces the shell: a signal reaches the command,
 * as it does under a process manager.
 */
export function startShell(script: string, { cwd, node, commands, env }: Shell): ChildProcess {
  const lines = script.trim().split('\n');
  const last = lines.pop() ?? '';
  const startsWithVariable = /^\w+=/.test(last);
  return spawn('sh', ['-e', '-c', [...lines, `exec ${startsWithVariable ? 'env ' : ''}${last}`].join('\n')], {
    cwd,
    env: { ...userEnvironment([path.dirname(node), ...(commands === undefined ? [] : [commands])]), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Without the settings of this process for OpenTelemetry, Postgres, Node, npm and jest, nor its installed programs. The
 * certificates of the network stay: package managers need them.
 */
function userEnvironment(first: readonly string[]): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|PG|NODE_(?!EXTRA_CA_CERTS)|npm_|JEST_|INIT_CWD)/.test(name),
  );
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: [...first, ...folders].join(':') };
}
