import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { Socket } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

/** The folder of a server: its data, its log, and the id of its process while that runs. */
export interface ServerFolder {
  readonly path: string;
  readonly logFile: string;
  /** What to kill when this process ends before the server; undefined: nothing. */
  setProcess(pid: number | undefined): void;
  remove(): void;
}

/**
 * A temporary folder with a guard: a shell that waits for the end of this process, which closes the pipe however it
 * comes, SIGKILL included; then it kills the server and removes the folder. No test can leave one behind.
 */
export function createServerFolder(name: string): ServerFolder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `pg-otel-${name}-`));
  const pidFile = path.join(folder, 'pid');
  const guard = startGuard(folder);
  return {
    path: folder,
    logFile: path.join(folder, 'server.log'),
    setProcess(pid) {
      if (pid === undefined) fs.rmSync(pidFile, { force: true });
      else fs.writeFileSync(pidFile, `${pid}\n`);
    },
    remove() {
      guard.kill('SIGKILL');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the first process of a container collects no orphans, the killed server stays as a zombie: no endless wait. */
function startGuard(folder: string): ChildProcess {
  const script = `
    read -r _
    { read -r pid < "$0/pid"; } 2>/dev/null && kill -KILL "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "\${pid:-none}" 2>/dev/null && sleep 0.1; done
    rm -rf "$0"`;
  const guard = spawn('/bin/sh', ['-c', script, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as Socket).unref();
  return guard;
}
