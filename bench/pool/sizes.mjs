import { planPool } from '@pg-otel/pool-sizing';
import { mean, median, quantile } from 'simple-statistics';
import { CALLERS, KINDS, LARGEST } from './trials.mjs';

/**
 * Throughput over pool sizes, in the closed loop; then the size that the plan chooses against the best one, in turn:
 * of many sizes the best measured is partly the luckiest.
 */
export async function measureSizes({ load, server, cores, effort, step }) {
  const { sizes, rounds, pairs } = effort;
  const measure = (kind, connections) =>
    load.run('closedLoop', { kind, connections, callers: CALLERS, server, ...effort.closed });

  const runs = new Map(KINDS.map((kind) => [kind, new Map(sizes.map((size) => [size, []]))]));
  for (let round = 0; round < rounds; round++) {
    await step(`closed loop, round ${round + 1} of ${rounds}`, async () => {
      for (const kind of KINDS) {
        // Up in one round and down in the next: what drifts hits small and large sizes alike.
        for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
          runs
            .get(kind)
            .get(size)
            .push(await measure(kind, size));
        }
      }
    });
  }

  const results = [];
  for (const kind of KINDS) {
    const bySize = sizes.map((size) => ({ size, ...summary(runs.get(kind).get(size)) }));
    const plan = planned(bySize, cores, { leastConnections: 1, mostConnections: LARGEST });
    const byDefault = planned(bySize, cores, {});
    const best = bySize.reduce((most, one) => (one.perSecond > most.perSecond ? one : most));
    const compared = [...new Set([best.size, plan.pool.max, byDefault.pool.max])];
    const again = new Map(compared.map((size) => [size, []]));
    await step(`closed loop, ${kind}: ${compared.join(', ')} in turn`, async () => {
      for (let pair = 0; pair < pairs; pair++) {
        for (const size of pair % 2 === 0 ? compared : compared.toReversed()) {
          again.get(size).push((await measure(kind, size)).perSecond);
        }
      }
    });
    const shareOf = (size) =>
      median(again.get(size).map((perSecond, pair) => perSecond / again.get(best.size)[pair]));
    results.push({
      kind,
      bySize,
      best: { size: best.size, perSecond: best.perSecond },
      plan,
      share: shareOf(plan.pool.max),
      byDefault: { size: byDefault.pool.max, bound: byDefault.bound, share: shareOf(byDefault.pool.max) },
    });
  }
  return results;
}

function summary(runs) {
  const of = (value) => median(runs.map(value));
  const isCpuKnown = runs.every(({ serverCpuPerCheckout }) => serverCpuPerCheckout !== undefined);
  return {
    perSecond: of(({ perSecond }) => perSecond),
    useTimeSeconds: of(({ uses }) => mean(uses)),
    p99UseSeconds: of(({ uses }) => quantile(uses, 0.99)),
    cpuSecondsPerCheckout: isCpuKnown ? of(({ serverCpuPerCheckout }) => serverCpuPerCheckout) : undefined,
  };
}

/** From what one connection shows, and from what the callers would ask for if nobody waited. */
function planned(bySize, cores, limits) {
  const { useTimeSeconds, cpuSecondsPerCheckout } = bySize[0];
  return planPool(
    { peakCheckoutsPerSecond: CALLERS / useTimeSeconds, useTimeSeconds, cpuSecondsPerCheckout },
    { cores, ...limits },
  );
}

/** The fewest connections with so large a share of the best throughput. */
export function fewestWith(share, { bySize, best }) {
  return bySize.find(({ perSecond }) => perSecond >= share * best.perSecond).size;
}

/** The first size beyond the best with less than so large a share of its throughput; undefined where none has. */
export function collapseBelow(share, { bySize, best }) {
  return bySize.find(({ size, perSecond }) => size > best.size && perSecond < share * best.perSecond)?.size;
}
