import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isPackageManager } from '../../../process/package-manager';
import { BadInput } from '../../bad-input';
import { builtFile } from '../../built-file';
import { IDLE_INTERVALS, INTERVAL_MILLIS, type ProcessReport, REPORTS_VARIABLE } from './process-report';

/** From SIGTERM to SIGKILL. */
const GRACE_MILLIS = 10_000;

/** Until the output of a program that has ended is read. */
const OUTPUT_MILLIS = 1_000;

/** Forwarded to the program, which runs in a separate process group. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ProgramRun {
  /** One report for each Node process except package managers. */
  readonly reports: readonly ProcessReport[];
  readonly end: 'by itself' | 'SIGTERM' | 'SIGKILL';
  readonly code: number | null;
}

/**
 * Runs a program until it ends or until its processes are idle, and ends it by SIGTERM.
 * @param limitMillis the time after which it is ended in any case
 * @param output receives the output of the program
 * @throws BadInput when the command does not exist
 */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  cwd: string,
  limitMillis: number,
  output: (text: string) => void,
): Promise<ProgramRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pg-otel-doctor-'));
  const probe = builtFile('cli/doctor/program/probe.js').replace(/[\\"]/g, '\\$&');
  const child = spawn(command, args, {
    cwd,
    // A separate process group, so that `npm start` and its children end together.
    detached: true,
    env: {
      ...process.env,
      [REPORTS_VARIABLE]: folder,
      // Before all other preloads, to collect their warnings.
      NODE_OPTIONS: [`--require="${probe}"`, process.env['NODE_OPTIONS']].filter(Boolean).join(' '),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', output);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', ({ message }) => reject(new BadInput(`The program cannot be started: ${message}`)));
    child.once('close', resolve);
  });
  const interrupt = () => void signalGroup(child, 'SIGTERM');
  for (const signal of ENDING) process.once(signal, interrupt);
  try {
    const end = await endOf(child, closed, folder, limitMillis);
    const code = await closed;
    return { reports: readReports(folder), end, code };
  } finally {
    for (const signal of ENDING) process.off(signal, interrupt);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function endOf(
  child: ChildProcess,
  closed: Promise<unknown>,
  folder: string,
  limitMillis: number,
): Promise<ProgramRun['end']> {
  const startedAt = Date.now();
  for (;;) {
    if (await hasEnded(child, closed)) return 'by itself';
    const reports = readReports(folder);
    const hasStarted = reports.length > 0 && reports.every(isIdle);
    if (hasStarted || Date.now() - startedAt > limitMillis) break;
  }
  signalGroup(child, 'SIGTERM');
  const signalledAt = Date.now();
  while (Date.now() - signalledAt < GRACE_MILLIS) if (await hasEnded(child, closed)) return 'SIGTERM';
  signalGroup(child, 'SIGKILL');
  closeOutput(child);
  return 'SIGKILL';
}

/** Waits for the end of a program, for an interval at most. */
async function hasEnded(child: ChildProcess, closed: Promise<unknown>): Promise<boolean> {
  if (await isWithin(closed, INTERVAL_MILLIS)) return true;
  if (signalGroup(child, 0)) return false;
  // A process outside of the group, such as a server that the program has started, may have its output open.
  if (!(await isWithin(closed, OUTPUT_MILLIS))) closeOutput(child);
  return true;
}

function closeOutput({ stdout, stderr }: ChildProcess): void {
  for (const stream of [stdout, stderr]) stream?.destroy();
}

const isIdle = ({ pid, idleIntervals }: ProcessReport): boolean =>
  idleIntervals === IDLE_INTERVALS || !isRunning(pid);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function isWithin(work: Promise<unknown>, millis: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), millis);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}

/** Returns whether a process of the program was there to receive the signal; 0 is none. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}

function readReports(folder: string): ProcessReport[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as ProcessReport)
    .filter(({ file }) => !isPackageManager(file));
}
