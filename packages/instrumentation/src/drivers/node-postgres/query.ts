import { now } from '../../clock';
import type { QueryOperation } from '../../operation';
import { telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replaceMethod } from '../method';
import { returnedRows } from '../returned-rows';
import { madeQuery, queriesBefore } from './made-query';
import type { Class, ClientClass, PgClient, PgQuery, Submittable } from './pg';
import { queryOperation, refused, textOf } from './query-operation';
import { commented } from './sql-comment';
import { querySubmittable } from './submittable';

/**
 * On the Query object that pg makes for a text or config object. Nobody but pg holds that, so a property of it
 * will do, at a tenth of the cost of an attachment.
 */
const OPERATION = Symbol('pg-otel.operation');
type FollowedQuery = PgQuery & { [OPERATION]?: QueryOperation };

/**
 * `client.query`. What pg makes of its arguments (text, values, callback in any position) is read from the Query
 * object it made, after the call: arguments are passed on untouched, the promise is pg's own, and a getter on a
 * user's config object is read by pg alone. Nothing can have been answered before the call returns.
 */
export function patchQuery(Client: ClientClass, isDoubled: () => boolean): void {
  replaceMethod(
    Client.prototype,
    'query',
    (original) =>
      function query(this: PgClient, config: unknown, values?: unknown): unknown {
        const to = telemetry();
        if (to === undefined || config == null) return Reflect.apply(original, this, arguments);
        const startedAt = now();
        if (!to.isHeard(startedAt)) return Reflect.apply(original, this, arguments);
        if (typeof (config as Submittable).submit === 'function') {
          return querySubmittable(to, this, config as Submittable, original, arguments, isDoubled());
        }
        const isTracedElsewhere = isDoubled();
        const before = queriesBefore(this);
        const comment = to.addsComments ? commented(to, arguments) : undefined;
        // Two calls, because V8 passes `arguments` on for nothing only where they can be nothing else.
        const result =
          comment === undefined
            ? Reflect.apply(original, this, arguments)
            : Reflect.apply(original, this, comment.args);
        try {
          const query: FollowedQuery | undefined = madeQuery(this, before);
          if (query === undefined) refused(to, this, startedAt, config, values, isTracedElsewhere);
          else {
            const text = comment?.text ?? textOf(this, query);
            const operation = queryOperation(to, this, startedAt, text, query.values);
            operation.isTracedElsewhere = isTracedElsewhere;
            operation.callsBack = result === undefined;
            query[OPERATION] = operation;
            operation.start();
          }
        } catch (error) {
          ownFailure('client.query', error);
        }
        return result;
      },
  );
  if (Client.Query !== undefined) patchAnswers(Client.Query);
}

/** The end of a query and the way there, as pg's client tells its Query object. */
function patchAnswers(Query: Class<FollowedQuery>): void {
  replaceMethod(Query.prototype, 'submit', (original) => {
    return function submit(this: FollowedQuery, connection: unknown): unknown {
      // Not attached yet means: sent within the call of client.query, without queueing.
      this[OPERATION]?.leftQueue();
      return original.call(this, connection);
    };
  });
  replaceMethod(
    Query.prototype as FollowedQuery & { handleRowDescription: Callback },
    'handleRowDescription',
    (original) => {
      return function handleRowDescription(this: FollowedQuery, message: unknown): unknown {
        this[OPERATION]?.firstRowArrived();
        return original.call(this, message);
      };
    },
  );
  replaceMethod(Query.prototype, 'handleError', (original) => {
    return function handleError(this: FollowedQuery, error: unknown, connection: unknown): unknown {
      const operation = this[OPERATION];
      if (operation === undefined) return original.call(this, error, connection);
      operation.failed(this._canceledDueToError || error);
      if (!operation.callsBack) return original.call(this, error, connection);
      return operation.inCallersContext(() => original.call(this, error, connection));
    };
  });
  replaceMethod(Query.prototype, 'handleReadyForQuery', (original) => {
    return function handleReadyForQuery(this: FollowedQuery, connection: unknown): unknown {
      const operation = this[OPERATION];
      if (operation === undefined) return original.call(this, connection);
      // A row that could not be parsed is an error that pg tells only now, through handleError.
      if (!this._canceledDueToError) {
        operation.result = this._results;
        operation.returnedRows = returnedRows(this._results);
        operation.succeeded();
      }
      if (!operation.callsBack) return original.call(this, connection);
      return operation.inCallersContext(() => original.call(this, connection));
    };
  });
}
