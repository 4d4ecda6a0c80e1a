import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { type CallersContext, OperationBase } from './base';

/** How a request for a connection is served: by an idle connection, by a new one, or after waiting in the queue. */
export type AcquirePath = 'idle' | 'new' | 'queued';

/** A request for a connection of a pool, from `pool.connect` to the delivery of the connection. */
export class AcquireOperation extends OperationBase {
  override readonly pool: PoolState;
  readonly path: AcquirePath;

  constructor(
    observer: Observer,
    startedAt: number,
    pool: PoolState,
    path: AcquirePath,
    context?: CallersContext,
  ) {
    super(observer, startedAt, context);
    this.pool = pool;
    this.path = path;
  }

  get kind(): 'acquire' {
    return 'acquire';
  }

  get target(): Target {
    return this.pool.target;
  }

  protected override reportStart(): void {
    this.observer.acquireStarted(this);
  }

  protected override reportEnd(): void {
    this.observer.acquireEnded(this);
  }
}
