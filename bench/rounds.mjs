import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs a contestant of which the instrumentation alone is measured. */
const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));
/** So much new space from the start, as a busy process comes to have: it grows at different times otherwise. */
export const NODE_OPTIONS = ['--expose-gc', '--min-semi-space-size=16'];

/**
 * Runs contestants (`{ name, variant, load, build }`) against each other, one process for each: all alive at
 * once, one working at a time, in turn, so that other work of the machine affects all of them alike. The compiler decides
 * differently in each process, so all of them are started several times (`launches`).
 * Resolves with `{ name: { cpu, elapsed, heap } }`: lists with one value for each round, per query.
 *
 * @param worker the script of their processes
 * @param effort how often; the milliseconds of a round of the slowest, short, so that many rounds are left in peace by the
 *   rest of the machine; and how many queries measure the heap after each round (0: it is not measured)
 * @param queries so many are a round; without it, as many as `effort.roundMillis` allows
 */
export async function measure({ node, env, folder, mode, contestants, effort, worker = WORKER, queries }) {
  const results = contestants.map(() => ({ cpu: [], elapsed: [], heap: [] }));
  for (let launch = 0; launch < effort.launches; launch++) {
    const workers = [];
    try {
      for (const { name, ...contestant } of contestants) {
        workers.push(startWorker({ node, env, worker, name, task: { folder, mode, ...contestant } }));
      }
      await Promise.all(workers.map((each) => each.ready));
      await play(workers, results, effort, queries);
    } finally {
      for (const each of workers) each.stop();
    }
  }
  return Object.fromEntries(contestants.map(({ name }, index) => [name, results[index]]));
}

async function play(workers, results, { warmUp, rounds, heapQueries, roundMillis }, fixed) {
  for (const each of workers) await each.do('time', warmUp);
  let slowest = 0;
  for (const each of workers) slowest = Math.max(slowest, (await each.do('time', warmUp)).elapsed);
  // A multiple of 4, the lanes of the pool.
  const queries = fixed ?? 4 * Math.ceil((roundMillis * 1000) / slowest / 4);

  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of workers.entries()) {
      const { cpu, elapsed } = await each.do('time', queries);
      results[index].cpu.push(cpu);
      results[index].elapsed.push(elapsed);
      if (heapQueries > 0) results[index].heap.push(await each.do('heap', heapQueries));
    }
  }
}

function startWorker({ node, env, worker, name, task }) {
  const child = spawn(node, [...NODE_OPTIONS, worker, JSON.stringify(task)], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(
      `bench: the process of "${name}" (${task.load}, ${task.mode ?? task.stage}) ended with code ${code}`,
    );
  });
  // The error is thrown where a message is awaited; at the end nothing awaits one.
  ended.catch(() => {});
  const message = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  return {
    ready: message(),
    do(task, queries) {
      child.send({ task, queries });
      return message();
    },
    stop: () => child.kill(),
  };
}
