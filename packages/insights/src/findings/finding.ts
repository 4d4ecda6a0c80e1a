import { Ring } from '../ring';

/**
 * `n_plus_one`: a statement runs once for each row of another one. `loop`: a statement runs many times in one request, for
 * one row each. `idle_transaction`: a transaction stays open while nothing runs in it. `waits_for_idle`: requests wait for a
 * pool whose connections are checked out and run nothing. `not_returned`: connections are checked out and run nothing.
 */
export type FindingKind = 'n_plus_one' | 'loop' | 'idle_transaction' | 'waits_for_idle' | 'not_returned';

/** A problem that the figures prove. Moments are in milliseconds since 1970. */
export interface Finding {
  readonly kind: FindingKind;
  /** What was seen, with its numbers, in one sentence. Of the last occurrence. */
  readonly sentence: string;
  /** `db.query.summary`, of an `idle_transaction` that of the statement before; absent for a finding about a pool. */
  readonly summary: string | undefined;
  /** `db.client.connection.pool.name`; absent when no pool is concerned. */
  readonly poolName: string | undefined;
  /** How often it was seen: in how many requests, or at how many looks at the pool. */
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** The last 5 traces that show it. */
  readonly traceIds: readonly string[];
  /** Where the connection was taken, if its stack was recorded. */
  readonly takenAt: string | undefined;
}

/** One occurrence of a finding. */
export type Sighting = Pick<Finding, 'kind' | 'sentence'> &
  Partial<Pick<Finding, 'summary' | 'poolName' | 'takenAt'>> & { readonly traceId?: string | undefined };

/** Occurrences that are needed before a finding is reported. A job that runs once is no finding. */
const MIN_SIGHTINGS = 3;
const MAX_FINDINGS = 100;
const KEPT_TRACES = 5;

interface Known {
  sighting: Sighting;
  count: number;
  readonly firstSeen: number;
  lastSeen: number;
  readonly traceIds: Ring<string>;
}

/** Counts occurrences, the same ones together. */
export class Sightings {
  readonly #known = new Map<string, Known>();

  add(sighting: Sighting, at: number): void {
    const { kind, summary, poolName, traceId } = sighting;
    const key = JSON.stringify([kind, summary, poolName]);
    let known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size >= MAX_FINDINGS) this.#forgetOldest();
      known = { sighting, count: 0, firstSeen: at, lastSeen: at, traceIds: new Ring(KEPT_TRACES) };
      this.#known.set(key, known);
    }
    known.sighting = sighting;
    known.count += 1;
    known.lastSeen = at;
    // Several looks at a pool see the same one.
    if (traceId !== undefined && !known.traceIds.toArray().includes(traceId)) known.traceIds.add(traceId);
  }

  /** Those that were seen often enough, the most frequent first. */
  findings(): Finding[] {
    return [...this.#known.values()]
      .filter(({ count }) => count >= MIN_SIGHTINGS)
      .map(({ sighting, count, firstSeen, lastSeen, traceIds }) => ({
        kind: sighting.kind,
        sentence: sighting.sentence,
        summary: sighting.summary,
        poolName: sighting.poolName,
        count,
        firstSeen,
        lastSeen,
        traceIds: traceIds.toArray(),
        takenAt: sighting.takenAt,
      }))
      .sort((one, other) => other.count - one.count);
  }

  #forgetOldest(): void {
    const [oldest] = [...this.#known].sort(([, one], [, other]) => one.lastSeen - other.lastSeen);
    if (oldest !== undefined) this.#known.delete(oldest[0]);
  }
}
