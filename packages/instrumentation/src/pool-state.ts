import type { SpanContext } from '@opentelemetry/api';
import type { AcquireOperation } from './operation';
import type { Target } from './target';

/** Why a pool closed a connection. */
export type CloseReason = 'idle' | 'lifetime' | 'max_uses' | 'error' | 'end';

/** What a pool says of itself when it is asked; read at collection, never summed up from events. */
export interface PoolReading {
  readonly total: number;
  /** Of those in total that are being opened. */
  readonly connecting: number;
  readonly idle: number;
  readonly pending: number;
  readonly limit: number;
  readonly idleMin: number;
  /** pg-pool has no upper bound of its own for idle connections: it is the limit. */
  readonly idleMax: number;
}

/** A connection that a caller has checked out. */
export interface Checkout {
  readonly acquiredAt: number;
  /** From here on it counts as held: it may have listened for notifications before. */
  heldSince: number;
  /** The stack of the caller, where it was recorded. */
  readonly takenAt: string | undefined;
  /** The notification channels it listens to; a connection held for these is not held too long. */
  channels: Set<string> | undefined;
  /** Within a transaction, the channels once that is committed. */
  channelsAtCommit: Set<string> | undefined;
  /** The trace that holds the connection. */
  readonly holder: SpanContext | undefined;
  /** Was among those told as held too long. */
  isEmitted: boolean;
}

/**
 * What is known of one pool beside its own state. Whoever holds this does not hold the pool:
 * the reading goes through a weak reference.
 */
export class PoolState {
  readonly name: string;
  readonly target: Target;
  /** Requests not served yet, oldest first; those an idle connection serves at once are not among them. */
  readonly waiting = new Set<AcquireOperation>();
  /** Checked-out connections, longest held first; without those that listen for notifications. */
  readonly checkouts = new Set<Checkout>();
  readonly #read: () => PoolReading | undefined;

  constructor(name: string, target: Target, read: () => PoolReading | undefined) {
    this.name = name;
    this.target = target;
    this.#read = read;
  }

  /** `undefined` once the pool is gone or has ended. */
  read(): PoolReading | undefined {
    return this.#read();
  }
}
