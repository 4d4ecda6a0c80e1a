import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { arrivals, sources } from './arrivals.mjs';
import { openPool } from './open-pool.mjs';
import { cpuSince, serverCpu } from './server-cpu.mjs';
import { work } from './work.mjs';

/** Timers are of whole milliseconds. */
const TIMER_SECONDS = 0.001;

/**
 * Callers that come when they come, whether others have been served or not, to several pools of one server at once.
 * They come at absolute times: a late one does not make the next one late.
 *
 * @param pollSeconds what is due sooner is waited for by polling, which is exact, and takes a core; with 0 a timer
 *   does it, which is a millisecond late
 */
export async function openLoop({ cells, settleSeconds, seconds, pollSeconds, server }) {
  const runs = await Promise.all(cells.map(startRun));
  const cpu = { own: process.cpuUsage(), server: serverCpu(server) };
  const start = performance.now();
  const now = () => (performance.now() - start) / 1000;
  const end = settleSeconds + seconds;
  let lateness = 0;

  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (const run of runs) {
      while (run.next.at <= now()) {
        if (run.next.at < end) lateness = Math.max(lateness, now() - run.next.at);
        run.arrive(now);
      }
      next = Math.min(next, run.next.at);
    }
    if (next >= end) break;
    const ahead = next - now();
    if (ahead < pollSeconds) await setImmediate();
    else await sleep(Math.max(TIMER_SECONDS, ahead - pollSeconds) * 1000);
  }

  const elapsed = now();
  const own = process.cpuUsage(cpu.own);
  const serverSeconds = cpuSince(cpu.server, server);
  const results = await Promise.all(runs.map((run) => run.end(settleSeconds)));
  return {
    results,
    mostLateSeconds: lateness,
    clientCores: (own.user + own.system) / 1e6 / elapsed,
    serverCores: serverSeconds === undefined ? undefined : serverSeconds / elapsed,
  };
}

async function startRun({ kind, connections, stream, ...pattern }) {
  const pool = await openPool(connections);
  const random = sources(2 * stream);
  // Its own: how the callers take turns must not change when they come.
  const times = arrivals(pattern, sources(2 * stream + 1));
  const asked = [];
  const samples = [];
  const open = new Set();

  async function use(at, now) {
    const client = await pool.connect();
    const got = now();
    await work[kind](client, random);
    samples.push({ at, wait: got - at, use: now() - got });
    client.release();
  }

  return {
    next: times.next().value,
    arrive(now) {
      const at = now();
      asked.push(at);
      for (let i = 0; i < this.next.size; i++) {
        const caller = use(at, now);
        open.add(caller);
        caller.finally(() => open.delete(caller));
      }
      this.next = times.next().value;
    },
    async end(from) {
      await Promise.all(open);
      await pool.end();
      // In the order of arrival: those that follow each other wait alike.
      const kept = samples.filter(({ at }) => at >= from).sort((one, other) => one.at - other.at);
      return {
        arrivals: Float64Array.from(asked.filter((at) => at >= from)),
        at: Float64Array.from(kept, ({ at }) => at),
        waits: Float64Array.from(kept, ({ wait }) => wait),
        uses: Float64Array.from(kept, ({ use }) => use),
      };
    },
  };
}
