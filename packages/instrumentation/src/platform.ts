import type { EventMessage } from './channels';
import type { Histograms } from './observers/histograms/histograms';
import type { ManagedPools } from './observers/managed-pools';
import type { Operation } from './operation';
import type { CloseReason, PoolState } from './pool-state';

/** The parts of Node that fetch-only runtimes lack. Features that need a missing part are turned off. */
export interface Platform {
  readonly timers?: Timers;
  readonly channels?: Channels;
  /** Whether the object is a Proxy. Reading a Proxy would run the application's code. */
  isProxy?(value: object): boolean;
  /** Creates the observer of pools that `@pg-otel/pool` manages. The package runs in Node only. */
  managedPools?(histograms: Histograms): ManagedPools;
}

/** Timers that belong to no request: they run without a context, and keep neither a context nor the process alive. */
export interface Timers {
  /** Runs a function after a delay. Returns a function that cancels it. */
  later(run: () => void, milliseconds: number): () => void;
  /** Runs a function after the event loop has read from sockets twice, because the first read may cause a second one. */
  afterReading(run: () => void): void;
}

/** Publishes messages to other packages of the process. */
export interface Channels {
  /** Whether any of the channels has subscribers. */
  hasSubscribers(): boolean;
  start(operation: Operation): void;
  end(operation: Operation): void;
  release(pool: PoolState, useSeconds: number): void;
  close(pool: PoolState, reason: CloseReason): void;
  /** Whether log events have subscribers. */
  receivesEvents(): boolean;
  event(message: EventMessage): void;
}
