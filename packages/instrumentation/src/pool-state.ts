import type { SpanContext } from '@opentelemetry/api';
import { now } from './clock';
import type { AcquireOperation } from './operation';
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
export interface Checkout {
  readonly acquiredAt: number;
  /** When the connection began to count as held. Before that, it may have listened for notifications. */
  readonly heldSince: number;
  /** The stack of the caller, if it was recorded. */
  readonly takenAt: string | undefined;
  /** The span of the caller that holds the connection. */
  readonly holder: SpanContext | undefined;
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
  readonly #checkouts = new Set<{ -readonly [Key in keyof Checkout]: Checkout[Key] }>();

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
    this.#waiting.delete(request);
    request.succeeded();
    const acquiredAt = request.endedAt ?? now();
    const checkout = { acquiredAt, heldSince: acquiredAt, takenAt, holder: request.callerSpanContext };
    this.#checkouts.add(checkout);
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
    this.#checkouts.delete(checkout);
  }

  /** A checked-out connection has begun to listen for notifications: it does not count as held while it listens. */
  listening(checkout: Checkout): void {
    this.#checkouts.delete(checkout);
  }

  /** A checked-out connection no longer listens for notifications: from now on it counts as held. */
  stoppedListening(checkout: Checkout): void {
    this.#checkouts.delete(checkout);
    this.#checkouts.add(Object.assign(checkout, { heldSince: now() }));
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
    for (const { heldSince } of this.#checkouts) return heldSince;
    return undefined;
  }

  /** Checked-out connections, longest held first, without those that listen for notifications. */
  get checkouts(): Iterable<Checkout> {
    return this.#checkouts;
  }
}
