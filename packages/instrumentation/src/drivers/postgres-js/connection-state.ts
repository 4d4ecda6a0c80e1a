import { attachment } from '../../attachment';
import type { ConnectOperation } from '../../operation';
import type { PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Execution } from './execution';

/** One object for each connection, which the driver stores in every query that it sends. */
const states = attachment<object, ConnectionState>();

/** The queries that are on their way on one connection, and what is known of the connection. */
export class ConnectionState {
  target: Target;
  readonly pool: PoolState | undefined;
  /** The last setup of the connection. */
  setup: ConnectOperation | undefined;
  /** Queries that were sent and not answered, in order. The server works on the first one. */
  #first: Execution | undefined;
  #last: Execution | undefined;

  constructor(target: Target, pool?: PoolState) {
    this.target = target;
    this.pool = pool;
  }

  /** The state of a connection whose setup was not observed, such as one of a bundled driver. */
  static of(backend: object, target: Target = Target.unknown): ConnectionState {
    let state = states.get(backend);
    if (state === undefined) {
      state = new ConnectionState(target);
      states.set(backend, state);
    }
    // The first query may be one of the driver's own, for which the target is not known.
    if (state.target === Target.unknown) state.target = target;
    return state;
  }

  /** A query was sent. Returns whether others are ahead of it. */
  sent(execution: Execution): boolean {
    const last = this.#last;
    this.#last = execution;
    if (last === undefined) this.#first = execution;
    else last.next = execution;
    return last !== undefined;
  }

  /** A query has been answered, or has failed. The next one becomes the first. */
  answered(execution: Execution): void {
    // After an error of the connection, its queries fail in another order.
    if (execution !== this.#first) return;
    let next = execution.next;
    while (next?.hasEnded) next = next.next;
    this.#first = next;
    if (next === undefined) this.#last = undefined;
    else next.reachedServer();
  }
}
