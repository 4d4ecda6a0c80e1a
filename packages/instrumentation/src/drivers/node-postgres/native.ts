import { now } from '../../clock';
import { telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replaceMethod } from '../method';
import { type ResultLike, returnedRows } from '../returned-rows';
import { settled } from '../settled';
import { beginSetup } from './connect';
import { Cover } from './cover';
import { madeQuery, queriesBefore } from './made-query';
import type { ClientClass, PgClient, PgQuery } from './pg';
import { queryOperation, textOf } from './query-operation';

/**
 * `pg.native` (pg lib/native): libpq opens and reads the socket, so there are no setup phases and no time of the
 * first row; a query tells its end by its `end` event.
 */
export function patchNative(Client: ClientClass, isDoubled: () => boolean): void {
  replaceMethod(Client.prototype, 'query', (original) => {
    return function query(this: PgClient, config: unknown): unknown {
      const to = telemetry();
      if (to === undefined || config == null) return Reflect.apply(original, this, arguments);
      const startedAt = now();
      if (!to.isHeard(startedAt)) return Reflect.apply(original, this, arguments);
      const before = queriesBefore(this);
      const result = Reflect.apply(original, this, arguments);
      try {
        const isOwn = typeof (config as PgQuery).submit === 'function';
        const made = isOwn ? (config as PgQuery) : madeQuery(this, before, isRunningBefore);
        if (made !== undefined) {
          const operation = queryOperation(to, this, startedAt, textOf(this, made), made.values);
          operation.isTracedElsewhere = isDoubled();
          follow(made, operation);
          operation.start();
        }
      } catch (error) {
        ownFailure('native client.query', error);
      }
      return result;
    };
  });

  replaceMethod(Client.prototype, 'connect', (original) => {
    return function connect(this: PgClient, callback?: Callback): unknown {
      const to = telemetry();
      if (to === undefined || this._connecting === true) {
        return Reflect.apply(original, this, arguments);
      }
      const setup = beginSetup(to, this, isDoubled());
      if (setup === undefined)
        return callback === undefined ? original.call(this) : original.call(this, callback);
      return callback === undefined
        ? settled(
            original.call(this),
            () => setup.end(undefined),
            (error) => setup.end(error),
          )
        : original.call(this, function connected(this: unknown, error: unknown, ...rest: unknown[]): unknown {
            setup.end(error);
            return callback.call(this, error, ...rest);
          });
    };
  });
}

/** The active query never is the one before: libpq runs one at a time. */
const isRunningBefore = (): boolean => false;

function follow(query: PgQuery, operation: ReturnType<typeof queryOperation>): void {
  const cover = new Cover(operation);
  // Covered after the call: what is submitted from here on was queued.
  cover.before(query, 'submit', () => operation.leftQueue());
  cover.answer(query, 'emit', (event, results) => {
    if (event !== 'end') return;
    operation.result = results;
    operation.returnedRows = returnedRows(results as ResultLike | ResultLike[] | undefined);
    operation.succeeded();
    cover.remove();
  });
  // It is the query that copies SQLSTATE and the other fields onto libpq's bare error (lib/native/query.js).
  cover.after(query, 'handleError', (error) => {
    operation.failed(error);
    cover.remove();
  });
}
