import { now } from '../../clock';
import { type CallersContext, callersContext, type QueryClient, QueryOperation } from '../../operation';
import type { PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { weakly } from '../../weak';
import { countedRows } from '../returned-rows';
import { ConnectionState } from './connection-state';
import { Instance } from './instance';
import type { PostgresQuery } from './postgres';
import { returnedRowsOf } from './rows';
import { parametersOf, textOf } from './sent-text';

/**
 * One execution of a query, from the call that runs it (`await`, `execute`, `forEach`, …) to its end. The driver builds
 * the text when it sends the query, so the operation is created then, or at the end of a query that is never sent.
 */
export class Execution implements QueryClient {
  readonly #to: Telemetry;
  readonly #startedAt: number;
  readonly #instance: Instance | undefined;
  #query: PostgresQuery | undefined;
  #context: CallersContext | undefined = callersContext();
  #connection: ConnectionState | undefined;
  #operation: QueryOperation | undefined;
  #hasEnded = false;
  /** The next query on the same connection. */
  next: Execution | undefined;

  constructor(to: Telemetry, startedAt: number, query: PostgresQuery) {
    this.#to = to;
    this.#startedAt = startedAt;
    this.#query = query;
    this.#instance = Instance.withCanceller(query.canceller);
  }

  get pool(): PoolState | undefined {
    return this.#connection?.pool;
  }

  /** The pending query keeps this object alive. The reference is created only when a check finds the query running. */
  get reference(): WeakRef<object> | undefined {
    return weakly(this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The driver has built the query, and is about to write it. */
  sent(): void {
    try {
      const query = this.#query;
      if (query === undefined || this.#operation !== undefined || query.state === null) return;
      this.#connection ??= ConnectionState.of(query.state, this.#instance?.target);
      const operation = this.#create(query);
      operation.isQueued = this.#connection.sent(this);
      operation.start();
    } catch (error) {
      logInternalError('a query', error);
    }
  }

  /** All queries ahead of it on its connection have been answered. */
  reachedServer(): void {
    this.#operation?.leftQueue();
  }

  /** The driver resolves the query. It does so twice for some kinds of queries. */
  resolved(value: unknown): void {
    try {
      const query = this.#query;
      if (query === undefined) return;
      // The stream of a COPY. The driver resolves the query again when the copy has ended.
      if (!Array.isArray(value) && query.onlyDescribe !== true) return;
      const operation = this.#operation ?? this.#create(query).start();
      operation.result = value;
      operation.returnedRows = countedRows((counted) => returnedRowsOf(query, counted), value);
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
      const operation = this.#operation ?? this.#create(query).start();
      this.#end();
      operation.failed(error);
    } catch (failure) {
      logInternalError('a query', failure);
    }
  }

  #create(query: PostgresQuery): QueryOperation {
    const instance = this.#instance;
    const statement = this.#to.statements.get(textOf(query), instance?.hasStandardStrings === true);
    if (statement.changesStrings && instance !== undefined) instance.mayHaveChangedStrings = true;
    const target = this.#connection?.target ?? instance?.target ?? Target.unknown;
    this.#operation = new QueryOperation(
      this.#to,
      this.#startedAt,
      statement.on(target),
      this,
      parametersOf(query),
      this.#context,
    );
    return this.#operation;
  }

  /** The application may keep the query. It must not keep the caller's context and the operation alive. */
  #end(): void {
    this.#hasEnded = true;
    this.#query = undefined;
    this.#operation = undefined;
    this.#context = undefined;
    this.#connection?.answered(this);
  }
}

export const beginExecution = (to: Telemetry, query: PostgresQuery): Execution | undefined => {
  const startedAt = now();
  return to.isObserved(startedAt) ? new Execution(to, startedAt, query) : undefined;
};
