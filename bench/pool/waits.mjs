import { planPool } from '@pg-otel/pool-sizing';
import { mean } from 'simple-statistics';
import { p99WithConfidence, variability } from './p99.cjs';
import { SLEEPING, WORKING } from './trials.mjs';

/** Waits in the open loop. */
export async function measureWaits({ load, server, sizes, effort, step }) {
  const run = (cells, times) => load.run('openLoop', { cells, server, ...times });
  const useTimes = await step('open loop: use times', () => calibrate(run, effort.calibrate));
  const waits = [];
  const loops = [];
  let stream = 1;

  async function measure(title, cells, times) {
    const copied = cells.flatMap((cell, index) =>
      Array.from({ length: cell.copies }, () => ({ ...cell, index, rate: rateOf(cell), stream: stream++ })),
    );
    const { results, ...loop } = await step(title, () => run(copied, times));
    loops.push({ title, ...loop });
    for (const [index, cell] of cells.entries()) {
      const copies = results.filter((_, copy) => copied[copy].index === index);
      // Alone with the server, its processor time is theirs.
      const serverCores = cells.length === 1 ? loop.serverCores : undefined;
      waits.push({ cell, measured: summary(copies, serverCores, times.seconds, effort.blockSeconds) });
    }
  }

  function rateOf({ kind, connections, utilisation, share }) {
    if (share !== undefined) return share * sizes.find((one) => one.kind === kind).best.perSecond;
    return (utilisation * connections) / useTimes.get(kind);
  }

  for (const [index, cells] of SLEEPING.entries()) {
    await measure(`open loop, sleeping, ${index + 1} of ${SLEEPING.length}`, cells, effort.sleeping);
  }
  for (const cell of WORKING) {
    await measure(`open loop, ${cell.kind}, ${cell.connections} connections`, [cell], effort.working);
  }
  return { waits, loops };
}

async function calibrate(run, times) {
  const cells = ['exponential', 'constant'].map((kind, stream) => {
    return { kind, connections: 40, pattern: 'poisson', rate: 800, stream: 1000 + stream };
  });
  const { results } = await run(cells, times);
  return new Map(cells.map(({ kind }, index) => [kind, mean(results[index].uses)]));
}

function summary(copies, serverCores, seconds, blockSeconds) {
  const waits = copies.flatMap((copy) => blocksOf(copy, blockSeconds));
  const uses = copies.flatMap(({ uses }) => [...uses]);
  const gaps = copies.flatMap(({ arrivals }) =>
    [...arrivals].slice(1).map((at, index) => at - arrivals[index]),
  );
  const { p99, low, high } = p99WithConfidence(waits);
  const checkoutsPerSecond = uses.length / copies.length / seconds;
  return {
    checkouts: uses.length,
    checkoutsPerSecond,
    cpuSecondsPerCheckout: serverCores === undefined ? undefined : serverCores / checkoutsPerSecond,
    useTimeSeconds: mean(uses),
    useTimeVariability: variability(uses),
    arrivalVariability: variability(gaps),
    p99WaitSeconds: p99,
    confidence: { low, high },
  };
}

/** The plan for the measured load. */
export function withPlans(waits, cores) {
  return waits.map(({ cell, measured }) => ({ cell, measured, planned: plannedLoad(cell, measured, cores) }));
}

/** Of equal time, so that each is longer than the queue remembers. */
function blocksOf({ at, waits }, seconds) {
  const blocks = new Map();
  for (const [index, wait] of waits.entries()) {
    const block = Math.floor(at[index] / seconds);
    if (!blocks.has(block)) blocks.set(block, []);
    blocks.get(block).push(wait);
  }
  return [...blocks.values()];
}

/** Load that alternates is planned for its peak over seconds, which is Poisson, as docs/explanation/pool-sizing.md describes. */
function plannedLoad({ connections, pattern, options }, measured, cores) {
  const isAlternating = pattern === 'alternating';
  const { cpuSecondsPerCheckout } = measured;
  const load = {
    peakCheckoutsPerSecond: measured.checkoutsPerSecond * (isAlternating ? options.high : 1),
    useTimeSeconds: measured.useTimeSeconds,
    useTimeVariability: measured.useTimeVariability,
    arrivalVariability: isAlternating ? 1 : measured.arrivalVariability,
    parallelPerRequest: pattern === 'batches' ? options.size : 1,
    cpuSecondsPerCheckout,
  };
  return planFor(connections, load, cpuSecondsPerCheckout === undefined ? {} : { cores });
}

export function planFor(connections, load, limits = {}) {
  return planPool(load, { ...limits, overrides: { max: connections, min: 0 } }).load;
}
