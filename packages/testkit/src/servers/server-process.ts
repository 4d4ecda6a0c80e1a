import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_LIMIT_MILLIS } from '../hang-limit';
import { freePort } from '../postgres';
import { serverEnvironment } from './programs';
import { createServerFolder, type ServerFolder } from './server-folder';

/** What all servers have: a process that can be killed and comes back as it was. */
export interface ServerProcess<Port extends string> {
  /** On 127.0.0.1, the same after a restart. */
  readonly ports: Readonly<Record<Port, number>>;
  /** Its own temporary folder, there until `stop()`. */
  readonly folder: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** What it wrote so far, restarts included. */
  log(): string;
  /** A request to it. @throws when there is no answer: how it ended, and what it wrote */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Ends it as an operator would (SIGTERM; after ten seconds SIGKILL), and removes its files. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL): its files stay, for `restart()`. */
  kill(): Promise<void>;
  /** Restarts it on the same ports with the same files. A running process is ended by SIGTERM before. */
  restart(): Promise<void>;
}

export interface ServerDescription<Port extends string> {
  /** For the folder, and for errors. */
  readonly name: string;
  readonly program: string;
  /** Each gets a free port. */
  readonly ports: readonly Port[];
  readonly args: (place: Place<Port>) => readonly string[];
  readonly env?: (place: Place<Port>) => Readonly<Record<string, string>>;
  /** Called until it returns true; an error counts as false. `log` was written since this start. */
  readonly isReady: (place: Place<Port>, log: string) => boolean | Promise<boolean>;
}

export interface Place<Port extends string> {
  readonly ports: Readonly<Record<Port, number>>;
  readonly folder: string;
}

const STOP_MILLIS = 10_000;
/** Of the log, in an error. */
const TAIL_CHARACTERS = 4_000;

/** @throws when it ends or is not ready in time, with what it wrote */
export async function startServerProcess<Port extends string>(
  description: ServerDescription<Port>,
): Promise<ServerProcess<Port>> {
  const { name } = description;
  const folder = createServerFolder(name);
  let place = await freePlace(description.ports, folder);
  let child: ChildProcess | undefined;

  const log = () => fs.readFileSync(folder.logFile, 'utf8');
  const isRunning = () => child !== undefined && isAlive(child);

  /** A port that was free may be taken when the server gets to it: by a stranger, or as the end of a connection. */
  async function start(onTakenPort: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const logBefore = fs.existsSync(folder.logFile) ? log().length : 0;
      child = spawnServer(description, place, folder);
      const said = () => log().slice(logBefore);
      if (await becomesReady(child, () => description.isReady(place, said()))) return;
      const ending = describeEnd(child);
      await end(child, 'SIGKILL');
      if (attempt === 5 || !said().includes('address already in use')) {
        throw new Error(`${name} did not start (${ending}):\n${said()}`);
      }
      await onTakenPort();
    }
  }

  try {
    await start(async () => {
      place = await freePlace(description.ports, folder);
    });
  } catch (error) {
    folder.remove();
    throw error;
  }

  return {
    get ports() {
      return place.ports;
    },
    folder: folder.path,
    get pid() {
      return isRunning() ? child?.pid : undefined;
    },
    log,
    async fetch(url, init) {
      try {
        return await fetch(url, init);
      } catch (error) {
        const state = child === undefined ? 'never started' : describeEnd(child);
        throw new Error(`${name} did not answer (${state}):\n${log().slice(-TAIL_CHARACTERS)}`, {
          cause: error,
        });
      }
    },
    async stop() {
      if (child !== undefined) await end(child, 'SIGTERM');
      folder.remove();
    },
    async kill() {
      if (!isRunning()) throw new Error(`${name} does not run (${child && describeEnd(child)}):\n${log()}`);
      await end(child as ChildProcess, 'SIGKILL');
    },
    async restart() {
      if (child !== undefined) await end(child, 'SIGTERM');
      await start(() => sleep(500));
    },
  };
}

async function freePlace<Port extends string>(
  names: readonly Port[],
  folder: ServerFolder,
): Promise<Place<Port>> {
  const free = new Set<number>();
  while (free.size < names.length) free.add(await freePort());
  const numbers = [...free];
  const ports = Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Record<
    Port,
    number
  >;
  return { ports, folder: folder.path };
}

function spawnServer<Port extends string>(
  { program, args, env }: ServerDescription<Port>,
  place: Place<Port>,
  folder: ServerFolder,
): ChildProcess {
  const log = fs.openSync(folder.logFile, 'a');
  const child = spawn(program, args(place), {
    cwd: folder.path,
    env: { ...serverEnvironment(), ...env?.(place) },
    // Its own process group: Ctrl-C goes to the parent process only.
    detached: true,
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  folder.setProcess(child.pid);
  child.once('exit', () => folder.setProcess(undefined));
  child.once('error', () => undefined); // there is no process id then, and it counts as ended
  child.unref();
  return child;
}

/** Whether a health endpoint answers 200. Another program on the port may take the request and never answer. */
export async function answersOk(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
}

async function becomesReady(child: ChildProcess, ask: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + HANG_LIMIT_MILLIS;
  while (isAlive(child) && Date.now() < deadline) {
    if (
      await Promise.resolve()
        .then(ask)
        .catch(() => false)
    )
      return true;
    await sleep(20);
  }
  return false;
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function describeEnd(child: ChildProcess): string {
  if (child.pid === undefined) return `cannot be run: ${child.spawnfile}`;
  if (isAlive(child)) return 'it runs';
  return child.signalCode ?? `exit code ${child.exitCode}`;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!isAlive(child)) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill(signal);
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS);
  await ended;
  clearTimeout(impatience);
}
