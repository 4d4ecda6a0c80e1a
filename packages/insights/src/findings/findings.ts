import type { OperationEndMessage, PoolFigures } from '@pg-otel/instrumentation/channels';
import { type Finding, Sightings } from './finding';
import { poolSightings } from './pool-sightings';
import { sightingsOf } from './request-sightings';
import { Requests } from './requests';

/** Finds problems that the figures prove. */
export class Findings {
  readonly #sightings = new Sightings();
  readonly #requests = new Requests((request) => {
    for (const sighting of sightingsOf(request)) this.#sightings.add(sighting, request.lastAt);
  });

  add(message: OperationEndMessage, at: number): void {
    this.#requests.add(message, at);
  }

  /** Called every 10 seconds, and before the findings are read. */
  check(pools: readonly PoolFigures[], now: number): void {
    this.#requests.endIdle(now);
    for (const sighting of pools.flatMap(poolSightings)) this.#sightings.add(sighting, now);
  }

  /** @returns the findings, the most frequent first */
  report(now: number): Finding[] {
    this.#requests.endIdle(now);
    return this.#sightings.findings();
  }
}
