import { type Context, context } from '@opentelemetry/api';
import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { OperationBase } from './base';
import { SetupContext } from './setup-context';

/** Steps of a connection's setup, in order; those a transport does not have are left out. */
export const SETUP_PHASES = ['dns', 'tcp', 'tls', 'websocket', 'startup', 'auth', 'ready'] as const;
export type SetupPhase = (typeof SETUP_PHASES)[number];

export interface SetupStep {
  readonly phase: SetupPhase;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A physical connection from `client.connect` to ready for queries. */
export class ConnectOperation extends OperationBase {
  readonly target: Target;
  /** The pool that opens the connection. */
  readonly pool: PoolState | undefined;
  /** Finished phases, in order; after a failure the last one is the phase that failed. */
  steps: readonly SetupStep[] = [];
  /** The address that was really reached. */
  peer: { readonly address: string; readonly port: number | undefined } | undefined;
  /** The context of whoever asked for the connection. */
  readonly #callersContext: Context;
  readonly #opening: { current: Context };

  constructor(
    observer: Observer,
    startedAt: number,
    target: Target,
    dialledFor: { pool?: PoolState | undefined; asked?: OperationBase | undefined } = {},
  ) {
    super(observer, startedAt, dialledFor.asked?.ownContext);
    this.target = target;
    this.pool = dialledFor.pool;
    this.#callersContext = dialledFor.asked?.context ?? this.context;
    this.#opening = { current: this.#callersContext };
  }

  get kind(): 'connect' {
    return 'connect';
  }

  /** Runs the driver's own opening of the connection: what that starts before the setup ends is below the setup. */
  whileOpening(open: (...args: unknown[]) => unknown, self: unknown, args: ArrayLike<unknown>): unknown {
    const { ownContext } = this;
    if (ownContext === this.#callersContext || this.hasEnded) return Reflect.apply(open, self, args);
    this.#opening.current = ownContext;
    return context.with(new SetupContext(this.#opening), () => Reflect.apply(open, self, args));
  }

  /** Runs what the driver calls when the connection is open: of a pool it belongs to the setup, else it is the caller's. */
  whenOpen(callback: () => unknown): unknown {
    return context.with(this.pool === undefined ? this.#callersContext : this.ownContext, callback);
  }

  protected override reportStart(): void {
    this.observer.connectStarted(this);
  }

  protected override reportEnd(): void {
    this.#opening.current = this.#callersContext;
    this.observer.connectEnded(this);
  }
}
