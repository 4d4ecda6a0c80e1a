import { milliseconds, seconds } from '../../clock';
import type { EventLimits, HeldAfter } from '../../configuration';
import type { Checkout, PoolState } from '../../pool-state';
import { CODE_STACKTRACE, EVENT_CONNECTION_HELD, HELD_COUNT, HELD_LIMIT, HELD_TIME } from '../../semconv';
import { connectionAttributes } from '../connection-attributes';
import { Budget } from './budget';
import { contextOf, type EventLog } from './event-log';
import { sooner } from './heartbeat';

/**
 * Emits `pg_otel.connection.held`: one event per pool with connections that have been checked out for longer than the
 * limit.
 */
export class HeldConnections {
  readonly #heldAfter: HeldAfter;
  readonly #heldAfterOf: ReadonlyMap<string, HeldAfter>;
  readonly #repeatMilliseconds: number;
  readonly #log: EventLog;
  readonly #pools: () => Iterable<PoolState>;
  readonly #budget = new Budget();
  /** Recording a stack costs about 10 microseconds, so only some are recorded. */
  readonly #stacks = new Budget();
  readonly #isOff: boolean;
  readonly #emittedAt = new WeakMap<PoolState, number>();
  /** Checkouts that an event has counted. */
  readonly #emitted = new WeakSet<Checkout>();
  #hasWaited = false;

  constructor(
    { heldAfter, heldAfterOf }: Pick<EventLimits, 'heldAfter' | 'heldAfterOf'>,
    repeatMilliseconds: number,
    log: EventLog,
    pools: () => Iterable<PoolState>,
  ) {
    this.#heldAfter = heldAfter;
    this.#heldAfterOf = new Map(Object.entries(heldAfterOf));
    this.#isOff = [heldAfter, ...this.#heldAfterOf.values()].every((limit) => limit === 'none');
    this.#repeatMilliseconds = repeatMilliseconds;
    this.#log = log;
    this.#pools = pools;
  }

  samplesStack(at: number): boolean {
    return !this.#isOff && this.#stacks.take(at);
  }

  /**
   * Returns the milliseconds until the next check; `undefined` when no connection is checked out.
   *
   * @param isLate whether the event loop was blocked; callers then have until the next beat to return their connections
   */
  beat(at: number, isLate: boolean): number | undefined {
    this.#hasWaited = isLate && !this.#hasWaited;
    if (this.#hasWaited) return 0;
    let next: number | undefined;
    for (const pool of this.#pools()) {
      if (pool.oldestCheckoutAt === undefined || pool.read() === undefined) continue;
      const limitSeconds = this.#heldAfterOf.get(pool.name) ?? this.#heldAfter;
      if (limitSeconds === 'none') continue;
      const over: Checkout[] = [];
      for (const checkout of pool.checkouts) {
        const crossesIn = checkout.heldSince + milliseconds(limitSeconds) - at;
        if (crossesIn > 0) {
          next = sooner(next, crossesIn);
          break;
        }
        over.push(checkout);
      }
      if (over.length > 0) next = sooner(next, this.#emit(pool, over, limitSeconds, at));
    }
    return next;
  }

  /**
   * @param over checkouts over the limit, longest held first. If none of them was in the last event, an event is due at
   * once
   */
  #emit(pool: PoolState, over: readonly Checkout[], limitSeconds: number, at: number): number {
    const emittedAt = over.some((checkout) => this.#emitted.has(checkout))
      ? this.#emittedAt.get(pool)
      : undefined;
    const dueIn = emittedAt === undefined ? 0 : emittedAt + this.#repeatMilliseconds - at;
    if (dueIn <= 0 && !this.#budget.take(at)) return 0;
    for (const checkout of over) this.#emitted.add(checkout);
    if (dueIn > 0) return dueIn;
    const [longest] = over;
    const takenAt = over.find((checkout) => checkout.takenAt !== undefined)?.takenAt;
    this.#emittedAt.set(pool, at);
    this.#log.emit({
      eventName: EVENT_CONNECTION_HELD,
      severity: 'WARN',
      attributes: { ...connectionAttributes(pool.target, pool), [HELD_LIMIT]: limitSeconds },
      details: {
        [HELD_TIME]: longest && seconds(at - longest.heldSince),
        [HELD_COUNT]: over.length,
        ...(takenAt !== undefined && { [CODE_STACKTRACE]: takenAt }),
      },
      context: contextOf(longest?.holder),
    });
    return this.#repeatMilliseconds;
  }
}
