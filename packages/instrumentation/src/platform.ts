import type { Operation } from './operation';
import type { CloseReason, PoolState } from './pool-state';

/** What Node has and fetch-only runtimes have not; without a part of it, what needs that is left out. */
export interface Platform {
  readonly timers?: Timers;
  readonly channels?: Channels;
  /** Whether reading the object runs code of the user's. */
  isProxy?(value: object): boolean;
}

/** Of no request: what they run has no context, keeps none alive, and does not keep the process from ending. */
export interface Timers {
  /** Returns what calls it off. */
  later(run: () => void, milliseconds: number): () => void;
  /** When what has arrived is read, and what its reading has asked for is read. */
  afterReading(run: () => void): void;
}

/** Messages to other packages of the process. */
export interface Channels {
  /** Whether any of the channels has subscribers. */
  hasSubscribers(): boolean;
  start(operation: Operation): void;
  end(operation: Operation): void;
  release(pool: PoolState, useSeconds: number): void;
  close(pool: PoolState, reason: CloseReason): void;
}
