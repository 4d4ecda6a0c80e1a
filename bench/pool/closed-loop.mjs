import { setTimeout as sleep } from 'node:timers/promises';
import { sources } from './arrivals.mjs';
import { openPool } from './open-pool.mjs';
import { cpuSince, serverCpu } from './server-cpu.mjs';
import { work } from './work.mjs';

/** Callers that ask again as soon as they are served: what the pool and the server can do. Times in seconds. */
export async function closedLoop({ kind, connections, callers, settleSeconds, seconds, server }) {
  const pool = await openPool(connections);
  const random = sources(0);
  const samples = [];
  let isOver = false;
  let isMeasured = false;

  async function caller() {
    while (!isOver) {
      const asked = performance.now();
      const client = await pool.connect();
      const got = performance.now();
      await work[kind](client, random);
      const used = performance.now() - got;
      client.release();
      if (isMeasured) samples.push({ wait: (got - asked) / 1000, use: used / 1000 });
    }
  }

  const all = Promise.all(Array.from({ length: callers }, caller));
  await sleep(settleSeconds * 1000);
  const cpuBefore = serverCpu(server);
  const before = performance.now();
  const ownBefore = process.cpuUsage();
  isMeasured = true;
  await sleep(seconds * 1000);
  isMeasured = false;
  const elapsed = (performance.now() - before) / 1000;
  const serverSeconds = cpuSince(cpuBefore, server);
  const own = process.cpuUsage(ownBefore);
  isOver = true;
  await all;
  await pool.end();
  return {
    perSecond: samples.length / elapsed,
    serverCpuPerCheckout: serverSeconds === undefined ? undefined : serverSeconds / samples.length,
    serverCores: serverSeconds === undefined ? undefined : serverSeconds / elapsed,
    clientCores: (own.user + own.system) / 1e6 / elapsed,
    waits: Float64Array.from(samples, ({ wait }) => wait),
    uses: Float64Array.from(samples, ({ use }) => use),
  };
}
