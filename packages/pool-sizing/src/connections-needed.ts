import type { Demand } from './load';
import { isWithin, offeredLoad, ROUNDING } from './waits';

/** At the expected peak, the alert at 80 % of the pool must not fire. */
export const MAX_UTILISATION = 0.8;

/** Above this size, only the utilisation decides: with a fifth of the connections idle, waits are negligible. */
const SEARCHED_MOST = 20_000;

export interface ConnectionsNeeded {
  readonly connections: number;
  readonly by: 'utilisation' | 'wait';
}

/** The fewest connections with utilisation ≤ 0.8 and expected p99 wait within the target. */
export function connectionsNeeded(demand: Demand, targetWaitSeconds: number): ConnectionsNeeded {
  const byUtilisation = Math.max(1, Math.ceil((offeredLoad(demand) / MAX_UTILISATION) * (1 - ROUNDING)));
  const suffices = (connections: number) => isWithin(targetWaitSeconds, connections, demand);
  if (byUtilisation > SEARCHED_MOST || suffices(byUtilisation)) {
    return { connections: byUtilisation, by: 'utilisation' };
  }
  let tooFew = byUtilisation;
  let enough = byUtilisation + 1;
  while (!suffices(enough)) {
    const step = enough - byUtilisation;
    tooFew = enough;
    enough += step;
  }
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (suffices(middle)) enough = middle;
    else tooFew = middle;
  }
  return { connections: enough, by: 'wait' };
}
