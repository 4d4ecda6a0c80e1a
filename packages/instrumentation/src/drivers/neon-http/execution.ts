import { now, seconds } from '../../clock';
import {
  type CallersContext,
  ConnectOperation,
  callersContext,
  type HttpExchange,
  type QueryClient,
  QueryOperation,
} from '../../operation';
import type { Statement } from '../../statement';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { weakly } from '../../weak';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { settled } from '../settled';
import { connectionStringIn, targetOf } from './connection-string';
import type { Destination } from './destination';
import { rowsInAnswer, rowsInResult } from './rows';
import { type RequestObserver, transport } from './transport';

/** The content of one request. */
export interface Sent {
  /** Sent by `sql.transaction`, with any number of statements. */
  readonly isTransaction: boolean;
  readonly statement: Statement;
  /** Bound values of a single statement, at least one. */
  readonly parameters: readonly unknown[] | undefined;
  readonly size: number;
}

/**
 * The running calls of the driver. A call first reads `fetchFunction`, so the first read within a call identifies its
 * execution.
 */
export const executions = new CallScope<Execution>();

/**
 * One request of the HTTP driver, from the call that causes it to its result. The target is known only when the request
 * is sent, because connection parameters may be functions, which only the driver may call. The operation is created at
 * that time, with the start time and the context of the call.
 */
export class Execution implements RequestObserver, QueryClient {
  readonly pool = undefined;
  readonly #to: Telemetry;
  readonly #startedAt: number;
  #describe: (() => Sent | undefined) | undefined;
  readonly #destination: Destination | undefined;
  #context: CallersContext | undefined = callersContext();
  #operation: QueryOperation | undefined;
  readonly #exchange: HttpExchange = {
    status: undefined,
    requestId: undefined,
    isConnectionReused: undefined,
    connectSeconds: undefined,
    serverSeconds: undefined,
    readSeconds: undefined,
  };
  /** `send` was called for the request, so undici's messages about the request and its answer are ignored. */
  #isSeen = false;
  #isTransaction = false;
  #sentAt: number | undefined;
  #answeredAt: number | undefined;
  /** Connections that are being opened for the request. */
  #connects: Set<ConnectOperation> | undefined;

  private constructor(
    to: Telemetry,
    startedAt: number,
    describe: () => Sent | undefined,
    destination: Destination | undefined,
  ) {
    this.#to = to;
    this.#startedAt = startedAt;
    this.#describe = describe;
    this.#destination = destination;
  }

  /**
   * Creates an execution. Returns `undefined` when that fails, and the driver runs uninstrumented.
   *
   * @param describe returns the content of the request when it is sent; `undefined` for a call that sends nothing
   * @param destination the destination of the function that makes the request, if it is known
   */
  static of(
    to: Telemetry,
    startedAt: number,
    describe: () => Sent | undefined,
    destination: Destination | undefined,
  ): Execution | undefined {
    try {
      return new Execution(to, startedAt, describe, destination);
    } catch (error) {
      logInternalError('a query over HTTP', error);
      return undefined;
    }
  }

  /** The pending request keeps this object alive. The reference is created only when a check finds the request running. */
  get reference(): WeakRef<object> | undefined {
    return weakly(this);
  }

  /** Runs the driver's call, and ends the operation when the call has settled. */
  follow(run: () => unknown): unknown {
    const outer = executions.enter(this);
    try {
      return settled(
        transport(this, run),
        (value) => this.#succeeded(value),
        (error) => this.#failed(error),
      );
    } finally {
      executions.leave(outer);
    }
  }

  /** Sends the request in the context of this operation. */
  send(headers: unknown, request: Callback, self: unknown, args: readonly unknown[]): unknown {
    this.#isSeen = true;
    this.#begin(() => headers);
    if (this.#operation === undefined) return Reflect.apply(request, self, args);
    return this.#operation.inOwnContext(request, self, args);
  }

  /** `fetch`, or the user's fetch function, has returned an answer. */
  received(status: number, requestId: string | undefined): void {
    this.#exchange.requestId = requestId;
    this.#answered(status);
  }

  requested(headers: () => unknown): void {
    if (!this.#isSeen) this.#begin(headers);
  }

  connecting(): ReturnType<RequestObserver['connecting']> {
    const request = this.#operation;
    if (request === undefined) return () => {};
    const connect = new ConnectOperation(this.#to, now(), request.target, { request }).start();
    this.#connects ??= new Set();
    this.#connects.add(connect);
    return (error, peer) => {
      this.#connects?.delete(connect);
      connect.peer = peer;
      if (error) connect.failed(error);
      else connect.succeeded();
      this.#exchange.connectSeconds = connect.durationSeconds;
    };
  }

  sending(): void {
    this.#exchange.isConnectionReused = this.#exchange.connectSeconds === undefined;
  }

  answered(status: number): void {
    if (!this.#isSeen) this.#answered(status);
  }

  #answered(status: number): void {
    const exchange = this.#exchange;
    this.#answeredAt = now();
    exchange.status = status;
    const waited = seconds(this.#answeredAt - (this.#sentAt ?? this.#startedAt));
    exchange.serverSeconds = Math.max(0, waited - (exchange.connectSeconds ?? 0));
  }

  /**
   * Called with the parsed answer, before the driver turns it into a result. Only the answer shows whether a statement
   * returns rows.
   */
  parsed(answer: unknown): void {
    if (this.#operation === undefined) return;
    this.#operation.returnedRows = rowsInAnswer(answer);
  }

  /** @param headers absent when neither `send` nor `requested` was called */
  #begin(headers?: () => unknown): QueryOperation | undefined {
    if (this.#operation !== undefined) return this.#operation;
    this.#sentAt = now();
    try {
      const sent = this.#describe?.();
      if (sent === undefined) return undefined;
      const { statement, parameters, size, isTransaction } = sent;
      this.#isTransaction = isTransaction;
      const connectionString = connectionStringIn(headers?.());
      const target = this.#destination?.of(connectionString) ?? targetOf(connectionString);
      const operation = new QueryOperation(
        this.#to,
        this.#startedAt,
        statement.on(target),
        this,
        parameters,
        this.#context,
      );
      operation.addDetails({ exchange: this.#exchange, batchSize: size > 1 ? size : undefined });
      this.#operation = operation.start();
      return operation;
    } catch (error) {
      logInternalError('a query over HTTP', error);
      return undefined;
    }
  }

  #succeeded(value: unknown): void {
    const operation = this.#end();
    if (operation === undefined) return;
    operation.result = value;
    operation.returnedRows ??= rowsInResult(value, this.#isTransaction);
    operation.succeeded();
  }

  #failed(error: unknown): void {
    // The runtime does not report the end of a connection whose agent was destroyed.
    for (const connect of this.#connects ?? []) connect.failed(error);
    this.#connects = undefined;
    this.#end()?.failed(error);
  }

  #end(): QueryOperation | undefined {
    // A request has a span even if it failed before it was sent, or if the sending was not observed.
    const operation = this.#begin();
    // A kept-alive connection keeps the asynchronous context of the request that opened it, and so this object. The
    // object must not keep the caller's objects alive.
    this.#operation = undefined;
    this.#context = undefined;
    this.#describe = undefined;
    if (this.#answeredAt !== undefined) this.#exchange.readSeconds = seconds(now() - this.#answeredAt);
    return operation;
  }
}
