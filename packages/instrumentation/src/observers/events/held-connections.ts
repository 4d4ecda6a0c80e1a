import { milliseconds, seconds } from '../../clock';
import type { Checkout, PoolState } from '../../pool-state';
import { EVENT_CONNECTION_HELD, HELD_COUNT, HELD_LIMIT, HELD_TIME } from '../../semconv';
import { connectionAttributes } from '../connection-attributes';
import { Budget } from './budget';
import { contextOf, type EventLog } from './event-log';
import { sooner } from './heartbeat';

/** `pg_otel.connection.held`: connections in callers' hands for longer than a limit, one event for each pool. */
export class HeldConnections {
  readonly #limitSeconds: number;
  readonly #repeatMilliseconds: number;
  readonly #log: EventLog;
  readonly #pools: () => Iterable<PoolState>;
  readonly #budget = new Budget();
  readonly #toldAt = new WeakMap<PoolState, number>();
  #hasWaited = false;

  constructor(
    limitSeconds: number,
    repeatMilliseconds: number,
    log: EventLog,
    pools: () => Iterable<PoolState>,
  ) {
    this.#limitSeconds = limitSeconds;
    this.#repeatMilliseconds = repeatMilliseconds;
    this.#log = log;
    this.#pools = pools;
  }

  /**
   * Returns the milliseconds until it has to look again; `undefined` when no connection is in a caller's hands.
   *
   * @param isLate the event loop stood still: who would have given a connection back meanwhile is left one more beat
   */
  beat(at: number, isLate: boolean): number | undefined {
    this.#hasWaited = isLate && !this.#hasWaited;
    if (this.#hasWaited) return 0;
    let next: number | undefined;
    for (const pool of this.#pools()) {
      if (pool.checkouts.size === 0 || pool.read() === undefined) continue;
      const over: Checkout[] = [];
      for (const checkout of pool.checkouts) {
        const crossesIn = checkout.acquiredAt + milliseconds(this.#limitSeconds) - at;
        if (crossesIn > 0) {
          next = sooner(next, crossesIn);
          break;
        }
        over.push(checkout);
      }
      if (over.length > 0) next = sooner(next, this.#tell(pool, over, at));
    }
    return next;
  }

  /** @param over longest held first; when none of them was there at the last telling, it is a new case */
  #tell(pool: PoolState, over: readonly Checkout[], at: number): number {
    const toldAt = over.some(({ isTold }) => isTold) ? this.#toldAt.get(pool) : undefined;
    const dueIn = toldAt === undefined ? 0 : toldAt + this.#repeatMilliseconds - at;
    if (dueIn <= 0 && !this.#budget.take(at)) return 0;
    for (const checkout of over) checkout.isTold = true;
    if (dueIn > 0) return dueIn;
    const [longest] = over;
    this.#toldAt.set(pool, at);
    this.#log.emit({
      eventName: EVENT_CONNECTION_HELD,
      severity: 'WARN',
      attributes: { ...connectionAttributes(pool.target, pool), [HELD_LIMIT]: this.#limitSeconds },
      details: {
        [HELD_TIME]: longest && seconds(at - longest.acquiredAt),
        [HELD_COUNT]: over.length,
      },
      context: contextOf(longest?.holder),
    });
    return this.#repeatMilliseconds;
  }
}
