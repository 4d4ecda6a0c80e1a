import { type Context, context } from '@opentelemetry/api';
import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { OperationBase } from './base';
import { SetupContext } from './setup-context';

/** The phases of a connection's setup, in order. A transport may lack some of them. */
export const SETUP_PHASES = ['dns', 'tcp', 'tls', 'websocket', 'startup', 'auth', 'ready'] as const;
export type SetupPhase = (typeof SETUP_PHASES)[number];

export interface SetupStep {
  readonly phase: SetupPhase;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The opening of a physical connection, from `client.connect` until it is ready for queries. */
export class ConnectOperation extends OperationBase {
  readonly target: Target;
  /** The pool that opens the connection. */
  readonly pool: PoolState | undefined;
  /** The phases that have ended, in order. After a failure the last one is the phase that failed. */
  steps: readonly SetupStep[] = [];
  /** The address of the server's end of the connection. */
  peer: { readonly address: string; readonly port: number | undefined } | undefined;
  /** The context of the caller that needs the connection. */
  readonly #callersContext: Context;
  readonly #opening: { current: Context };

  constructor(
    observer: Observer,
    startedAt: number,
    target: Target,
    openedFor: { pool?: PoolState | undefined; request?: OperationBase | undefined } = {},
  ) {
    super(observer, startedAt, openedFor.request?.ownContext);
    this.target = target;
    this.pool = openedFor.pool;
    this.#callersContext = openedFor.request?.context ?? this.context;
    this.#opening = { current: this.#callersContext };
  }

  get kind(): 'connect' {
    return 'connect';
  }

  /**
   * Runs the driver's method that opens the connection. Until the setup ends, the spans of its work are children of the
   * setup's span.
   */
  whileOpening(open: (...args: unknown[]) => unknown, self: unknown, args: ArrayLike<unknown>): unknown {
    const { ownContext } = this;
    if (ownContext === this.#callersContext || this.hasEnded) return Reflect.apply(open, self, args);
    this.#opening.current = ownContext;
    return context.with(new SetupContext(this.#opening), () => Reflect.apply(open, self, args));
  }

  /**
   * Runs the driver's callback for the open connection: in the setup's context if a pool opened it, otherwise in the
   * caller's context.
   */
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
