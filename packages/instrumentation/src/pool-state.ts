import type { SpanContext } from '@opentelemetry/api';
import { now } from './clock';
import { LinkedList } from './linked-list';
import type { AcquireOperation } from './operation';
import type { Series } from './statement';
import type { Target } from './target';

/** Why a pool closed a connection. */
export type CloseReason = 'idle' | 'lifetime' | 'max_uses' | 'error' | 'end';

/** The numbers of a pool, read from the pool itself when metrics are collected; they are never summed up from events. */
export interface PoolReading {
  readonly total: number;
  /** Connections in `total` that are being opened. */
  readonly connecting: number;
  readonly idle: number;
  /** Connections that run a query; absent when the driver does not show it. */
  readonly active?: number;
  readonly pending: number;
  readonly limit: number;
  readonly idleMin: number;
  /** pg-pool has no separate upper bound for idle connections, so this is the limit. */
  readonly idleMax: number;
}

/** A connection that a caller has checked out. */
export class Checkout {
  readonly acquiredAt: number;
  /** When the connection began to count as held. Before that, it may have listened for notifications. */
  heldSince: number;
  /** The stack of the caller, if it was recorded. */
  readonly takenAt: string | undefined;
  /** The span of the caller that holds the connection. */
  readonly holder: SpanContext | undefined;
  /** It listens for notifications, so it does not count as held. */
  isListening = false;
  /** Neighbours in the list of its pool. */
  previous: Checkout | undefined;
  next: Checkout | undefined;

  constructor(acquiredAt: number, takenAt: string | undefined, holder: SpanContext | undefined) {
    this.acquiredAt = acquiredAt;
    this.heldSince = acquiredAt;
    this.takenAt = takenAt;
    this.holder = holder;
  }
}

/** The histograms of a pool. Everything is prepared, so that recording a value needs no look-up. */
export interface PoolSeries {
  /** The observer that has prepared them: another one has other histograms. */
  readonly of: object;
  waitTime: Series | undefined;
  useTime: Series | undefined;
}

/**
 * The requests and checkouts of one pool. The pool's own numbers are read through a weak reference, so this object does
 * not keep the pool alive.
 */
export class PoolState {
  readonly name: string;
  readonly target: Target;
  readonly #read: () => PoolReading | undefined;
  /** Requests that no idle connection serves immediately, oldest first. */
  readonly #waiting = new Set<AcquireOperation>();
  /** Longest held first. */
  readonly #checkouts = new LinkedList<Checkout>();
  /** Added by an observer at first use. */
  series: PoolSeries | undefined;

  constructor(name: string, target: Target, read: () => PoolReading | undefined) {
    this.name = name;
    this.target = target;
    this.#read = read;
  }

  /** `undefined` once the pool is gone or has ended. */
  read(): PoolReading | undefined {
    return this.#read();
  }

  /** A request for a connection has to wait. */
  requested(request: AcquireOperation): void {
    this.#waiting.add(request);
  }

  /** A request has got its connection. */
  delivered(request: AcquireOperation, takenAt: string | undefined): Checkout {
    // A request that an idle connection serves was not added.
    if (request.path !== 'idle') this.#waiting.delete(request);
    request.succeeded();
    const checkout = new Checkout(request.endedAt ?? now(), takenAt, request.callerSpanContext);
    this.#checkouts.append(checkout);
    return checkout;
  }

  /** A request has failed. */
  failed(request: AcquireOperation, error: unknown): void {
    this.#waiting.delete(request);
    request.failed(error);
  }

  /** The pool has ended. Waiting requests are never served, so they fail. */
  ended(error: unknown): void {
    for (const request of this.#waiting) this.failed(request, error);
  }

  /** The caller has returned a connection. */
  released(checkout: Checkout): void {
    if (!checkout.isListening) this.#checkouts.remove(checkout);
  }

  /** A checked-out connection has begun to listen for notifications: it does not count as held while it listens. */
  listening(checkout: Checkout): void {
    if (checkout.isListening) return;
    this.#checkouts.remove(checkout);
    checkout.isListening = true;
  }

  /** A checked-out connection no longer listens for notifications: from now on it counts as held. */
  stoppedListening(checkout: Checkout): void {
    if (!checkout.isListening) return;
    checkout.isListening = false;
    checkout.heldSince = now();
    this.#checkouts.append(checkout);
  }

  /** When the oldest waiting request was made, in milliseconds of the monotonic clock; `undefined` when none waits. */
  get oldestRequestAt(): number | undefined {
    for (const { startedAt } of this.#waiting) return startedAt;
    return undefined;
  }

  /**
   * When the longest held connection began to count as held, in milliseconds of the monotonic clock; `undefined` when
   * there is none.
   */
  get oldestCheckoutAt(): number | undefined {
    return this.#checkouts.first?.heldSince;
  }

  /** Checked-out connections, longest held first, without those that listen for notifications. */
  get checkouts(): Iterable<Checkout> {
    return this.#checkouts;
  }
}
