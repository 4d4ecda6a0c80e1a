import os from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** `2026-11-29`, in UTC. */
export const today = () => new Date().toISOString().slice(0, 10);
/** `2 cores, Linux x64` */
export const machine = () => `${os.cpus().length} cores, ${os.type()} ${os.arch()}`;

const LOOK_MILLIS = 2_000;

/**
 * The share of the processors that other programs use, in percent, as long as this one waits. Unlike the load average, it
 * is not raised by what this program did before.
 */
export async function otherLoad() {
  const before = processorTimes();
  await setTimeout(LOOK_MILLIS);
  const after = processorTimes();
  const busy = after.busy - before.busy;
  return Math.round((100 * busy) / (busy + after.idle - before.idle));
}

function processorTimes() {
  const sum = { busy: 0, idle: 0 };
  for (const { times } of os.cpus()) {
    sum.busy += times.user + times.nice + times.sys + times.irq;
    sum.idle += times.idle;
  }
  return sum;
}
