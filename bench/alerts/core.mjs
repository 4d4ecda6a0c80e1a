import { spawnSync } from 'node:child_process';
import os from 'node:os';

/** Of two cores, one is the collector's, alone. Linux with `taskset` only. */
export const CORES = { collector: 0, load: 1 };

export const canPin = os.cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Keeps a process, with all its threads and those to come, on one core. */
export function pin(pid, core) {
  if (!canPin) return;
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', `${core}`, `${pid}`]);
  if (status !== 0) throw new Error(`bench: taskset failed: ${stderr}`);
}
