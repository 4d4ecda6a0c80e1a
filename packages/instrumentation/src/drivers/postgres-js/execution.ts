import { Stamped } from '../../attachment';
import { now, seconds } from '../../clock';
import {
  type AcquireOperation,
  applyInContext,
  type CallersContext,
  callersContext,
  type QueryClient,
  QueryOperation,
} from '../../operation';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { weakly } from '../../weak';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { followListening } from '../listening';
import { countedRows } from '../returned-rows';
import { ServerClock } from '../server-clock';
import { ConnectionState, release } from './connection-state';
import { type FollowedStream, followStream, isCopyStream, isReplicationStream } from './copy';
import { Instance } from './instance';
import type { PostgresQuery } from './postgres';
import { listensAfterEnd } from './repeated-listen';
import { passedRowsOf, returnedRowsOf } from './rows';
import { parametersOf, textOf } from './sent-text';
import { addComment } from './sql-comment';

/**
 * One execution of a query, from the call that runs it (`await`, `execute`, `forEach`, …) to its end. The driver builds
 * the text when it sends the query, so the operation is created then, or at the end of a query that is never sent.
 */
export class Execution implements QueryClient {
  readonly #to: Telemetry;
  readonly #startedAt: number;
  /** The stack of the caller of a transaction, if it was recorded. */
  readonly #takenAt: string | undefined;
  /** The text without the comment that was added to it; `undefined` when there is none. */
  readonly #text: string | undefined;
  #instance: Instance | undefined;
  #query: PostgresQuery | undefined;
  #context: CallersContext | undefined;
  #connection: ConnectionState | undefined;
  /** The request for a connection of the pool; `undefined` for a query of a transaction or a reserved connection. */
  #request: AcquireOperation | undefined;
  #checkout: Checkout | undefined;
  #operation: QueryOperation | undefined;
  /** The driver did not send the query at once. */
  #hasWaited = false;
  #hasEnded = false;
  #clock: ServerClock | undefined;
  #stream: FollowedStream | undefined;
  /** The rows of the batches of a cursor. */
  #rowsOfBatches: number | undefined;
  /** The next query on the same connection. */
  next: Execution | undefined;

  constructor(to: Telemetry, startedAt: number, query: PostgresQuery, takenAt: string | undefined) {
    this.#to = to;
    this.#startedAt = startedAt;
    this.#takenAt = takenAt;
    this.#query = query;
    this.#text = addComment(to, query);
    this.#instance = Instance.withCanceller(query.canceller);
    if (!query.canceller) this.#connection = ConnectionState.executing(query.handler);
    this.#context = this.#connection?.setup?.context ?? callersContext();
    // The driver's own queries run when the setup has succeeded.
    this.#connection?.setup?.ended();
  }

  static of(query: unknown): Execution | undefined {
    const { current } = handlerCalls;
    return current !== undefined && current.#query === query ? current : ExecutionStamp.get(query);
  }

  attachTo(query: PostgresQuery): void {
    ExecutionStamp.set(query, this);
  }

  get pool(): PoolState | undefined {
    return this.#connection?.pool;
  }

  /** Its connection, for questions about its session. The reference is created as the one below. */
  get client(): WeakRef<object> | undefined {
    return this.#connection && weakly(this.#connection);
  }

  /** The pending query keeps this object alive. The reference is created only when a check finds the query running. */
  get reference(): WeakRef<object> | undefined {
    return weakly(this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether its connection reports that the query is sent. Otherwise it is seen at the query itself. */
  get isSendingSeen(): boolean {
    return this.#instance?.hasQueues === true;
  }

  /** The driver has passed the query on: it was sent, or it waits for a connection or for its turn. */
  handled(): void {
    try {
      const query = this.#query;
      if (query === undefined || this.#operation !== undefined) return;
      // It is sent outside the call of its handler.
      this.attachTo(query);
      this.#hasWaited = true;
      if (this.#isRoot())
        this.#request ??= this.#instance?.request(this.#to, this.#startedAt, 'queued', this.#context);
    } catch (error) {
      logInternalError('a query', error);
    }
  }

  /** A connection is being opened for the query. Returns its request. */
  connecting(connection: ConnectionState, instance: Instance): AcquireOperation | undefined {
    this.#hasWaited = true;
    this.#connection = connection;
    this.#learn(instance);
    if (this.#isRoot()) this.#request ??= instance.request(this.#to, this.#startedAt, 'new', this.#context);
    return this.#request;
  }

  /** The driver is about to send the query on this connection. */
  sending(connection: ConnectionState, instance: Instance | undefined): void {
    if (this.#operation !== undefined) return;
    this.#connection = connection;
    if (instance === undefined) return;
    this.#learn(instance);
    if (!this.#isRoot()) return;
    this.#request ??= instance.request(this.#to, this.#startedAt, 'idle', this.#context);
    if (this.#request?.hasEnded === false) {
      this.#checkout = instance.delivered(this.#request, this.#takenAt);
    }
  }

  /** The driver has built the query, which it does when it sends the query. */
  built(): void {
    try {
      const connection = this.#connection;
      if (connection !== undefined) {
        this.sending(connection, this.#instance);
        if (this.#query?.canceller) connection.setup?.served();
      }
    } catch (error) {
      logInternalError('a query', error);
    }
    this.sent();
  }

  /** The driver has sent the query. */
  sent(): void {
    try {
      const query = this.#query;
      if (query === undefined || this.#operation !== undefined || query.state === null) return;
      this.#connection ??= ConnectionState.of(query.state, this.#instance?.target);
      const connection = this.#connection;
      connection.backend = query.state;
      const operation = this.#create(query);
      const isBehindOthers = connection.sent(this);
      // A query of a transaction or a reserved connection waits in a separate queue.
      const hasQueued = this.#hasWaited && this.#request === undefined && !this.#isRoot();
      operation.isQueued = isBehindOthers || hasQueued;
      if (isBehindOthers) operation.addDetails({ isPipelined: true });
      operation.start();
      if (!isBehindOthers) operation.leftQueue();
    } catch (error) {
      logInternalError('a query', error);
    }
  }

  /** All queries ahead of it on its connection have been answered. */
  reachedServer(): void {
    this.#operation?.leftQueue();
  }

  /** The connection of a transaction is checked out until the transaction ends. */
  takeCheckout(): Checkout | undefined {
    const checkout = this.#checkout;
    this.#checkout = undefined;
    return checkout;
  }

  /** Runs a callback of the application in the context of the caller. */
  inCallersContext(callback: Callback, self: unknown, args: ArrayLike<unknown>): unknown {
    if (this.#context === undefined) return Reflect.apply(callback, self, args);
    return applyInContext(this.#context, callback, self, args);
  }

  /** The time of the server, without the time that the consumer of a cursor or COPY takes; known when it is sent. */
  get clock(): ServerClock | undefined {
    return this.#clock;
  }

  /** The first rows have arrived. */
  rowsArrived(): void {
    this.#operation?.firstRowArrived();
  }

  /** A cursor has got a batch of rows. */
  batchArrived(rows: number): void {
    this.rowsArrived();
    this.#rowsOfBatches = (this.#rowsOfBatches ?? 0) + rows;
  }

  /** The driver resolves the query. It does so twice for some kinds of queries. */
  resolved(value: unknown): void {
    try {
      const query = this.#query;
      if (query === undefined) return;
      if (isCopyStream(value) && this.#operation !== undefined && !isReplicationStream(value)) {
        // The driver resolves the query again when the copy has ended.
        this.#stream = followStream(value, this.#operation, this.#timeServer(this.#operation));
        return;
      }
      const operation = this.#operation ?? this.#create(query).start();
      operation.result = value;
      operation.returnedRows =
        this.#rowsOfBatches ??
        this.#stream?.rowsIn(value) ??
        countedRows(query.forEachFn === undefined ? returnedRowsOf : passedRowsOf, value);
      this.#end();
      operation.succeeded();
    } catch (error) {
      logInternalError('a query', error);
    }
  }

  rejected(error: unknown): void {
    try {
      const query = this.#query;
      if (query === undefined) return;
      if (listensAfterEnd(query, error)) {
        this.#end();
        return;
      }
      // A query may also be cancelled while its connection is being opened. That does not affect the connection.
      if (query.state === null && !query.cancelled) this.#connection?.setup?.queryFailed(error);
      if (this.#request !== undefined) this.#instance?.failed(this.#request, error);
      const operation = this.#operation ?? this.#create(query).start();
      operation.returnedRows = this.#rowsOfBatches;
      this.#end();
      operation.failed(error);
    } catch (failure) {
      logInternalError('a query', failure);
    }
  }

  #isRoot(): boolean {
    return this.#query !== undefined && this.#instance?.isRoot(this.#query.handler) === true;
  }

  #learn(instance: Instance): void {
    if (this.#instance !== undefined) return;
    this.#instance = instance;
    const canceller = this.#query?.canceller;
    if (typeof canceller === 'function') instance.identifyBy(canceller);
  }

  #create(query: PostgresQuery): QueryOperation {
    const instance = this.#instance;
    const statement = this.#to.statements.get(
      this.#text ?? textOf(query),
      instance?.hasStandardStrings === true,
    );
    if (statement.changesStrings && instance !== undefined) instance.mayHaveChangedStrings = true;
    const target = this.#connection?.target ?? instance?.target ?? Target.unknown;
    // Without a pool, the wait of a root query is known only from its times.
    const isServed = this.#hasWaited && this.#isRoot() && query.state !== null && this.#request === undefined;
    const request = this.#request?.hasFailed === false ? this.#request : undefined;
    const startedAt = request?.endedAt ?? (isServed ? now() : this.#startedAt);
    const operation = new QueryOperation(
      this.#to,
      startedAt,
      statement.on(target),
      this,
      parametersOf(query),
      this.#context,
    );
    if (request?.hasEnded) operation.poolWaitSeconds = request.durationSeconds;
    else if (isServed) operation.poolWaitSeconds = seconds(startedAt - this.#startedAt);
    else if (this.#connection?.poolWaitSeconds !== undefined) {
      operation.poolWaitSeconds = this.#connection.poolWaitSeconds;
      this.#connection.poolWaitSeconds = undefined;
    }
    if (this.#text !== undefined) operation.addDetails({ sentText: textOf(query) });
    const { listening } = statement;
    if (listening !== undefined && this.#connection !== undefined) {
      followListening(operation, listening, this.#connection);
    }
    if (query.cursorFn !== undefined) this.#timeServer(operation);
    this.#operation = operation;
    return operation;
  }

  #timeServer(operation: QueryOperation): ServerClock {
    this.#clock = new ServerClock(operation.startedAt);
    operation.addDetails({ serverTime: this.#clock });
    return this.#clock;
  }

  /** The application may keep the query. It must not keep the caller's context and the operation alive. */
  #end(): void {
    this.#hasEnded = true;
    this.#clock?.stop();
    this.#stream?.unfollow();
    const checkout = this.takeCheckout();
    if (checkout !== undefined && this.#request !== undefined) release(this.#request.pool, checkout);
    const connection = this.#connection;
    this.#query = undefined;
    this.#operation = undefined;
    this.#context = undefined;
    this.#request = undefined;
    this.#stream = undefined;
    connection?.answered(this);
  }
}

/** Calls of handlers. Most queries are sent within the call of their handler, so their execution needs no look-up. */
export const handlerCalls = new CallScope<Execution>();

/** The execution of a query that is sent later. V8 reads a private field of a class faster than an attachment. */
class ExecutionStamp extends Stamped {
  #execution: Execution;
  constructor(query: object, execution: Execution) {
    super(query);
    this.#execution = execution;
  }
  static get(query: unknown): Execution | undefined {
    return typeof query === 'object' && query !== null && #execution in query ? query.#execution : undefined;
  }
  static set(query: object, execution: Execution): void {
    if (#execution in query) (query as ExecutionStamp).#execution = execution;
    else new ExecutionStamp(query, execution);
  }
}
