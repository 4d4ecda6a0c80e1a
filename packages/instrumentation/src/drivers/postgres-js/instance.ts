import { attachment, Stamped } from '../../attachment';
import { POOL_ENDED } from '../../error-class';
import { AcquireOperation, type AcquirePath, type CallersContext } from '../../operation';
import { type Checkout, type PoolReading, PoolState } from '../../pool-state';
import { Target } from '../../target';
import { type Telemetry, telemetry } from '../../telemetry';
import { hasWeakReferences, weakly } from '../../weak';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import type { PostgresOptions, Queues } from './postgres';
import type { Reservation } from './reserve';

/**
 * One instance, which one call of `postgres(…)` creates. An instance is a pool. It creates further instances for `listen`
 * and `subscribe`: their operations belong to its pool, but they are not part of the pool's numbers.
 */
export class Instance {
  readonly target: Target;
  readonly options: PostgresOptions;
  /** The driver's function that has created it; `undefined` for a bundled driver, and for instances of the driver itself. */
  postgres: Callback | undefined;
  /** A statement may have changed `standard_conforming_strings`. */
  mayHaveChangedStrings = false;
  /** The function that sends the queries that need a connection of the pool. */
  #rootHandler: Callback | undefined;
  /** The driver's queues of connections. Unknown for a bundled driver, whose connections are not observed. */
  #queues: Queues | undefined;
  /** Its connections. The driver creates all of them with the instance, and opens them when they are needed. */
  #connections = 0;
  #pool: PoolState | undefined;
  /** Connections that are open, and others that are being opened. */
  #alive = 0;
  #opening = 0;
  /** Requests in the driver's queue. */
  #pending = 0;
  #hasEnded = false;
  /** Calls of `reserve` that wait, oldest first: the driver serves them in this order. */
  readonly reservations: Reservation[] = [];

  private constructor(options: PostgresOptions) {
    this.options = options;
    this.target = targetOf(options);
  }

  static of(options: PostgresOptions): Instance {
    let instance = byOptions.get(options);
    if (instance === undefined) {
      instance = new Instance(options);
      byOptions.set(options, instance);
    }
    return instance;
  }

  /** The instance of a query; `undefined` for the driver's own queries, and for an instance that is not known. */
  static withCanceller(canceller: Callback | null | undefined): Instance | undefined {
    return typeof canceller === 'function' ? CancellerStamp.get(canceller) : undefined;
  }

  /** @param canceller the function that all queries of the instance share */
  identifyBy(canceller: Callback): void {
    CancellerStamp.set(canceller, this);
  }

  /** This is an instance of the application. Returns whether that was not known before. */
  created(rootHandler: Callback): boolean {
    const isNew = this.#rootHandler === undefined;
    this.#rootHandler = rootHandler;
    ofApplication.set(this.options.shared, this);
    return isNew;
  }

  connectionCreated(queues: Queues): void {
    this.#connections += 1;
    if (this.#queues !== undefined) return;
    this.#queues = queues;
    byQueues.set(queues, this);
  }

  /** Whether its connections are observed. */
  get hasQueues(): boolean {
    return this.#queues !== undefined;
  }

  /** Whether a query with this handler needs a connection of the pool. */
  isRoot(handler: Callback): boolean {
    return handler === this.#rootHandler;
  }

  /** The pool of the instance, or of the instance that has created it. It is named at its first use. */
  pool(to: Telemetry): PoolState | undefined {
    if (this.#rootHandler === undefined) {
      const parent = ofApplication.get(this.options.shared);
      if (parent !== undefined) return parent.pool(to);
    }
    if (this.#queues === undefined || this.#hasEnded) return this.#pool;
    if (this.#pool === undefined) {
      const { user, connection } = this.options;
      this.#pool = new PoolState(
        to.nameOf({
          target: this.target,
          user: typeof user === 'string' ? user : undefined,
          applicationName: applicationNameOf(connection?.application_name),
        }),
        this.target,
        readerOf(this.#queues),
      );
    }
    if (hasWeakReferences) to.poolSeen(this.#pool);
    return this.#pool;
  }

  /** Begins a request for a connection of the pool. `undefined` when the pool is not observed. */
  request(
    to: Telemetry,
    startedAt: number,
    path: AcquirePath,
    context: CallersContext | undefined,
  ): AcquireOperation | undefined {
    const pool = this.pool(to);
    if (pool === undefined) return undefined;
    const request = new AcquireOperation(to, startedAt, pool, path, context).start();
    if (path !== 'idle') pool.requested(request);
    if (path === 'queued') this.#pending += 1;
    return request;
  }

  delivered(request: AcquireOperation, takenAt: string | undefined): Checkout {
    if (request.path === 'queued') this.#pending -= 1;
    return request.pool.delivered(request, takenAt);
  }

  failed(request: AcquireOperation, error: unknown): void {
    if (request.hasEnded) return;
    if (request.path === 'queued') this.#pending -= 1;
    request.pool.failed(request, error);
    if (this.#hasEnded) this.#end();
  }

  /** A connection is being opened. */
  opening(): void {
    this.#opening += 1;
  }

  opened(hasSucceeded: boolean): void {
    this.#opening -= 1;
    if (hasSucceeded) this.#alive += 1;
    else if (this.#hasEnded) this.#end();
  }

  /** A call of `reserve` has failed. */
  dropReservation(reservation: Reservation): void {
    const index = this.reservations.indexOf(reservation);
    if (index >= 0) this.reservations.splice(index, 1);
  }

  closed(): void {
    this.#alive -= 1;
    if (this.#hasEnded) this.#end();
  }

  /** The application has ended the instance. Its connections close when their queries have been answered. */
  ended(): void {
    this.#hasEnded = true;
    this.#end();
  }

  #end(): void {
    const pool = this.#pool;
    // The driver rejects the queries of its queue after it has terminated the connections. It rejects calls of `reserve`,
    // too, which is not seen.
    const queries = this.#pending - this.reservations.length;
    if (pool === undefined || this.#hasConnections() || queries > 0) return;
    this.reservations.length = 0;
    pool.ended(new Error(POOL_ENDED));
    telemetry()?.poolEnded(pool);
  }

  #hasConnections(): boolean {
    return this.#alive + this.#opening > 0;
  }

  read({ open, busy, full, reserved, connecting }: Queues): PoolReading | undefined {
    if (this.#hasEnded && !this.#hasConnections()) return undefined;
    // Not the option: the driver creates one connection for a text, such as that of `?max=20` in a URL.
    const limit = this.#connections;
    return {
      total: open.length + busy.length + full.length + reserved.length + connecting.length,
      // The driver's queue also contains connections that execute their first query.
      connecting: Math.min(this.#opening, connecting.length),
      idle: open.length,
      pending: this.#pending,
      limit,
      idleMin: 0,
      idleMax: limit,
    };
  }

  /** The server has reported `standard_conforming_strings` as on, and no statement may have changed it. */
  get hasStandardStrings(): boolean {
    return !this.mayHaveChangedStrings && this.options.parameters?.['standard_conforming_strings'] === 'on';
  }
}

const byOptions = attachment<PostgresOptions, Instance>();
const byQueues = attachment<Queues, Instance>();
/** The instance of the application, by the object that it shares with the instances that it creates. */
const ofApplication = attachment<object, Instance>();

/**
 * Reads the numbers of a pool without keeping it alive: the queues contain the instance. An instance that is never used has
 * no weak reference, which would keep it alive until the end of the turn of the event loop.
 */
function readerOf(queues: Queues): () => PoolReading | undefined {
  const reference = weakly(queues);
  return () => {
    const alive = reference?.deref();
    return alive && guarded('the state of a pool', () => byQueues.get(alive)?.read(alive));
  };
}

/** The driver's default (src/index.js, parseOptions) is not a name that the application has chosen. */
const applicationNameOf = (name: unknown): string | undefined =>
  typeof name === 'string' && name !== 'postgres.js' ? name : undefined;

/** The end of a socket's path that the driver adds to the directory (src/index.js, parseOptions). */
const SOCKET = /\/\.s\.PGSQL\.\d+$/;

function targetOf({ host, port, path, database }: PostgresOptions): Target {
  if (typeof path === 'string' && path !== '') return Target.of({ host: path.replace(SOCKET, ''), database });
  return Target.of({ host: firstOf(host), port: firstOf(port), database });
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** The instance is looked up for each query. V8 reads a private field of a class faster than an attachment. */
class CancellerStamp extends Stamped {
  #instance: Instance;
  constructor(canceller: Callback, instance: Instance) {
    super(canceller);
    this.#instance = instance;
  }
  static get(canceller: Callback): Instance | undefined {
    return #instance in canceller ? (canceller as unknown as CancellerStamp).#instance : undefined;
  }
  static set(canceller: Callback, instance: Instance): void {
    if (#instance in canceller) (canceller as unknown as CancellerStamp).#instance = instance;
    else new CancellerStamp(canceller, instance);
  }
}
