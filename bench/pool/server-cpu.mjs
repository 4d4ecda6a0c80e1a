import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of a server's processes that live now, by their ids. Linux only: undefined elsewhere. */
export function serverCpu(postmaster) {
  const seconds = new Map();
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      // After the name, which may hold anything: state, parent.
      const stat = readIfThere(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
      if (Number(stat?.[1]) !== postmaster) continue;
      const nanoseconds = Number(readIfThere(`/proc/${pid}/schedstat`)?.split(' ')[0]);
      seconds.set(pid, nanoseconds / 1e9);
    }
  } catch {
    return undefined;
  }
  return seconds;
}

/** Of those that lived all the time, and of those that came since. */
export function cpuSince(before, postmaster) {
  const now = serverCpu(postmaster);
  if (before === undefined || now === undefined) return undefined;
  let sum = 0;
  for (const [pid, seconds] of now) sum += seconds - (before.get(pid) ?? 0);
  return sum;
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
