import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { OperationBase } from './base';

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

  constructor(
    observer: Observer,
    startedAt: number,
    target: Target,
    dialledFor: { pool?: PoolState | undefined; asked?: OperationBase | undefined } = {},
  ) {
    super(observer, startedAt, dialledFor.asked?.ownContext);
    this.target = target;
    this.pool = dialledFor.pool;
  }

  get kind(): 'connect' {
    return 'connect';
  }

  protected override tellStart(): void {
    this.observer.connectStarted(this);
  }

  protected override tellEnd(): void {
    this.observer.connectEnded(this);
  }
}
