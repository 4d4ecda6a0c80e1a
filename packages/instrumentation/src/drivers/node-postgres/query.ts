import { now } from '../../clock';
import type { QueryOperation } from '../../operation';
import { telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { returnedRows } from '../returned-rows';
import { createdQuery, type QueriesBefore, queriesBefore } from './created-query';
import { type Class, type ClientClass, isClass, type PgClient, type PgQuery, type Submittable } from './pg';
import { isAwaitedQuery } from './pool-query';
import { queryOperation, refused, textOf } from './query-operation';
import { commented } from './sql-comment';
import { querySubmittable } from './submittable';

/**
 * The operation of the Query object that pg creates for a text or config object. Only pg references that object, so a
 * property suffices, at a tenth of the cost of an attachment.
 */
const OPERATION = Symbol('pg-otel.operation');
/** Marks the prototype of patched Query objects. A test double may queue other objects, whose ends are never reported. */
const ENDS_ARE_SEEN = Symbol('pg-otel.ends-are-seen');
type FollowedQuery = PgQuery & { [OPERATION]?: QueryOperation; readonly [ENDS_ARE_SEEN]?: boolean };

/** Returns the operation of a query. The methods of a Query class may be called on any value. */
function operationOf(query: FollowedQuery): QueryOperation | undefined {
  try {
    return query[OPERATION];
  } catch {
    return undefined;
  }
}

/**
 * Patches `client.query`. After the call, the text and values are read from the Query object that pg has created.
 * Arguments are passed on unchanged (except with `sqlComments`), and pg's own promise is returned. Before the call,
 * only `submit` of a user's config object is read, as pg does. The server cannot answer before the call returns, but a
 * value that cannot be sent fails within the call (pg lib/query.js, `prepare`).
 */
export function patchQuery(Client: ClientClass, checkTracedElsewhere: () => boolean): void {
  replaceMethod(
    Client.prototype,
    'query',
    (original) =>
      function query(this: PgClient, config: unknown, values?: unknown): unknown {
        const to = telemetry();
        if (to === undefined || config == null) return Reflect.apply(original, this, arguments);
        const startedAt = now();
        let isTracedElsewhere = false;
        let isSubmittable = false;
        let before: QueriesBefore | undefined;
        try {
          if (to.isObserved(startedAt)) {
            isTracedElsewhere = checkTracedElsewhere();
            isSubmittable = typeof (config as Submittable).submit === 'function';
            if (!isSubmittable) before = queriesBefore(this);
          }
        } catch (error) {
          logInternalError('client.query', error);
        }
        if (isSubmittable) {
          return querySubmittable(to, this, config as Submittable, original, arguments, isTracedElsewhere);
        }
        if (before === undefined) return Reflect.apply(original, this, arguments);
        const comment = to.addsComments ? commented(to, arguments) : undefined;
        // Two separate calls, because V8 passes `arguments` on without a copy only in a call that never gets another
        // value.
        const result =
          comment === undefined
            ? Reflect.apply(original, this, arguments)
            : Reflect.apply(original, this, comment.args);
        try {
          const created: FollowedQuery | undefined = createdQuery(this, before);
          if (created === undefined) refused(to, this, startedAt, config, values, isTracedElsewhere);
          else if (created[ENDS_ARE_SEEN] === true) {
            const text = comment?.text ?? textOf(this, created);
            const operation = queryOperation(to, this, startedAt, text, created.values);
            operation.isTracedElsewhere = isTracedElsewhere;
            operation.isQueued = before.isBusy;
            operation.callsBack = result === undefined && !isAwaitedQuery(this, query);
            if (comment !== undefined) operation.addDetails({ sentText: textOf(this, created) });
            created[OPERATION] = operation;
            operation.start();
            if (earlyErrors.has(created)) operation.failed(earlyErrors.get(created));
          }
        } catch (error) {
          logInternalError('client.query', error);
        }
        return result;
      },
  );
  const { Query } = Client;
  if (isClass(Query)) guarded('the patch of Query', () => patchAnswers(Query));
}

/** Errors of queries without an operation: pg failed them within the call of `client.query`. */
const earlyErrors = new WeakMap<FollowedQuery, unknown>();

function noteEarlyError(query: FollowedQuery, error: unknown): void {
  try {
    earlyErrors.set(query, error);
  } catch {
    // A method may be called on a value that is not an object.
  }
}

/** Patches the methods by which pg's client informs a Query object of its progress and end. */
function patchAnswers(Query: Class<FollowedQuery>): void {
  const { handleReadyForQuery, handleError } = Query.prototype;
  if (typeof handleReadyForQuery !== 'function' || typeof handleError !== 'function') return;
  Object.defineProperty(Query.prototype, ENDS_ARE_SEEN, { value: true, configurable: true });
  replaceMethod(Query.prototype, 'submit', (original) => {
    return function submit(this: FollowedQuery): unknown {
      // A query without an operation is sent within the call of client.query, so it has not queued.
      operationOf(this)?.leftQueue();
      return Reflect.apply(original, this, arguments);
    };
  });
  replaceMethod(
    Query.prototype as FollowedQuery & { handleRowDescription: Callback },
    'handleRowDescription',
    (original) => {
      return function handleRowDescription(this: FollowedQuery): unknown {
        operationOf(this)?.firstRowArrived();
        return Reflect.apply(original, this, arguments);
      };
    },
  );
  replaceMethod(Query.prototype, 'handleError', (original) => {
    return function handleError(this: FollowedQuery, error: unknown, connection: unknown): unknown {
      const operation = operationOf(this);
      if (operation === undefined) {
        noteEarlyError(this, error);
        return Reflect.apply(original, this, arguments);
      }
      operation.failed(this._canceledDueToError || error);
      if (!operation.callsBack) return Reflect.apply(original, this, arguments);
      return operation.inCallersContext(original, this, [error, connection]);
    };
  });
  replaceMethod(Query.prototype, 'handleReadyForQuery', (original) => {
    return function handleReadyForQuery(this: FollowedQuery, connection: unknown): unknown {
      const operation = operationOf(this);
      if (operation === undefined) return Reflect.apply(original, this, arguments);
      // When a row could not be parsed, pg reports the error only now, by calling handleError.
      if (!this._canceledDueToError) succeeded(operation, this._results);
      if (!operation.callsBack) return Reflect.apply(original, this, arguments);
      return operation.inCallersContext(original, this, [connection]);
    };
  });
}

function succeeded(operation: QueryOperation, results: PgQuery['_results']): void {
  operation.result = results;
  operation.returnedRows = returnedRows(results);
  operation.succeeded();
}
