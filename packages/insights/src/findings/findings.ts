import type { PoolFigures } from '@pg-otel/instrumentation/channels';
import { type Finding, Sightings } from './finding';
import { poolSightings } from './pool-sightings';
import type { RequestQueries } from './request-queries';
import { sightingsOf } from './request-sightings';

/** Finds problems that the figures prove. Moments are in milliseconds since 1970. */
export class Findings {
  readonly #sightings = new Sightings();

  /** @param at when its last operation ended */
  requestEnded(request: RequestQueries, at: number): void {
    for (const sighting of sightingsOf(request)) this.#sightings.add(sighting, at);
  }

  /** Called every 10 seconds. */
  poolsCollected(pools: readonly PoolFigures[], now: number): void {
    for (const sighting of pools.flatMap(poolSightings)) this.#sightings.add(sighting, now);
  }

  /** @returns the findings, the most frequent first */
  report(): Finding[] {
    return this.#sightings.findings();
  }
}
