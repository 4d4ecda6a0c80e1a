import { now, seconds } from '../../clock';
import {
  type CallersContext,
  ConnectOperation,
  callersContext,
  type HttpExchange,
  QueryOperation,
} from '../../operation';
import type { Statement } from '../../statement';
import type { Telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import { weakly } from '../../weak';
import type { Callback } from '../callback';
import { returnedRows } from '../returned-rows';
import { settled } from '../settled';
import { connectionStringIn, targetOf } from './connection-string';
import type { Destination } from './destination';
import type { NeonAnswer } from './neon';
import { type RequestObserver, transport } from './transport';

/** What is sent in one request. */
export interface Sent {
  readonly statement: Statement;
  /** Bound values of a single statement, at least one. */
  readonly parameters: readonly unknown[] | undefined;
  readonly size: number;
}

/** The execution whose call has not read the driver's settings yet, which is the first thing it does. */
let starting: Execution | undefined;

/** Once: whose request it is that is about to be made. */
export function takeStarting(): Execution | undefined {
  const execution = starting;
  starting = undefined;
  return execution;
}

/**
 * One request of the HTTP driver, from the call that causes it to its result. Where it leads is known only when it is
 * sent: connection parameters may be functions, which are the driver's to call. The operation begins then, with the
 * time and the caller's context of the call.
 */
export class Execution implements RequestObserver {
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
  #sentAt: number | undefined;
  #answeredAt: number | undefined;

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
   * `undefined` when that fails: the driver runs bare.
   *
   * @param describe says what is sent, when it is; `undefined` for nothing that could be
   * @param destination of the function whose request it is, where that is known
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
      ownFailure('a query over HTTP', error);
      return undefined;
    }
  }

  /** Runs the driver's call and follows it to its end. */
  follow(run: () => unknown): unknown {
    const outer = starting;
    starting = this;
    try {
      return settled(transport(this, run), (error, value) => this.#end(error, value));
    } finally {
      starting = outer;
    }
  }

  /** Sends the request as what it is: part of this operation. */
  send(headers: unknown, request: Callback, self: unknown, args: readonly unknown[]): unknown {
    this.requested(() => headers);
    if (this.#operation === undefined) return Reflect.apply(request, self, args);
    return this.#operation.inOwnContext(request, self, args);
  }

  requested(headers: () => unknown): void {
    if (this.#operation !== undefined) return;
    this.#sentAt = now();
    this.#begin(headers);
  }

  connecting(): ReturnType<RequestObserver['connecting']> {
    const startedAt = now();
    const asked = this.#operation;
    const connect =
      asked === undefined
        ? undefined
        : new ConnectOperation(this.#to, startedAt, asked.target, { asked }).start();
    return (error, peer) => {
      this.#exchange.connectSeconds = seconds(now() - startedAt);
      if (connect === undefined) return;
      connect.peer = peer;
      if (error) connect.failed(error);
      else connect.succeeded();
    };
  }

  sending(): void {
    this.#exchange.isConnectionReused = this.#exchange.connectSeconds === undefined;
  }

  answered(status: number, requestId?: string): void {
    const exchange = this.#exchange;
    exchange.requestId ??= requestId;
    if (this.#answeredAt !== undefined) return;
    this.#answeredAt = now();
    exchange.status = status;
    const waited = seconds(this.#answeredAt - (this.#sentAt ?? this.#startedAt));
    exchange.serverSeconds = Math.max(0, waited - (exchange.connectSeconds ?? 0));
  }

  /** The answer before the driver makes its result of it: only here is known whether a statement returns rows at all. */
  parsed(answer: unknown): void {
    if (this.#operation === undefined) return;
    this.#operation.returnedRows = returnedRows(resultsIn(answer));
  }

  /** @param headers none for what nobody has seen being sent */
  #begin(headers?: () => unknown): QueryOperation | undefined {
    try {
      const sent = this.#describe?.();
      if (sent === undefined) return undefined;
      const { statement, parameters, size } = sent;
      const connectionString = connectionStringIn(headers?.());
      const target = this.#destination?.of(connectionString) ?? targetOf(connectionString);
      // Whoever holds the pending request holds this.
      const client = { pool: undefined, reference: weakly(this) };
      const operation = new QueryOperation(
        this.#to,
        this.#startedAt,
        statement.on(target),
        client,
        parameters,
        this.#context,
      );
      operation.exchange = this.#exchange;
      if (size > 1) operation.batchSize = size;
      this.#operation = operation.start();
      return operation;
    } catch (error) {
      ownFailure('a query over HTTP', error);
      return undefined;
    }
  }

  #end(error: unknown, value: unknown): void {
    // What fails before it is sent has a span, too; and so has what nobody has seen being sent.
    const operation = this.#operation ?? this.#begin();
    // The asynchronous context of a kept-alive connection is that of the request that opened it, this included.
    this.#operation = undefined;
    this.#context = undefined;
    this.#describe = undefined;
    if (operation === undefined) return;
    if (this.#answeredAt !== undefined) this.#exchange.readSeconds = seconds(now() - this.#answeredAt);
    if (error === undefined) {
      operation.result = value;
      operation.returnedRows ??= returnedRows(resultsIn(value));
      operation.succeeded();
    } else operation.failed(error);
  }
}

function resultsIn(answer: unknown): Parameters<typeof returnedRows>[0] {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { results } = answer as NeonAnswer;
  return (Array.isArray(results) ? results : answer) as Parameters<typeof returnedRows>[0];
}
