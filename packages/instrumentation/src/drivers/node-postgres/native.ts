import { now } from '../../clock';
import { telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { intercept, replaceMethod } from '../method';
import { type ResultLike, returnedRows } from '../returned-rows';
import { settled } from '../settled';
import { beginSetup } from './connect';
import { Cover } from './cover';
import { madeQuery, queriesBefore } from './made-query';
import type { ClientClass, PgClient, PgQuery } from './pg';
import { queryOperation, refused, textOf } from './query-operation';
import { commented } from './sql-comment';

/**
 * `pg.native` (pg lib/native): libpq opens and reads the socket, so there are no setup phases and no time of the
 * first row; a query tells its end by its `end` event.
 */
export function patchNative(Client: ClientClass, isDoubled: () => boolean): void {
  replaceMethod(Client.prototype, 'query', (original) => {
    return function query(this: PgClient, config: unknown, values?: unknown): unknown {
      const to = telemetry();
      if (to === undefined || config == null) return Reflect.apply(original, this, arguments);
      const startedAt = now();
      if (!to.isHeard(startedAt)) return Reflect.apply(original, this, arguments);
      const isTracedElsewhere = isDoubled();
      const isOwn = typeof (config as PgQuery).submit === 'function';
      const comment = to.addsComments && !isOwn ? commented(to, arguments) : undefined;
      let isKnown = false;
      const begin = (made: PgQuery | undefined): void => {
        if (isKnown) return;
        isKnown = true;
        try {
          if (made === undefined) {
            refused(to, this, startedAt, config, values, isTracedElsewhere);
            return;
          }
          const text = comment?.text ?? textOf(this, made);
          const operation = queryOperation(to, this, startedAt, text, made.values);
          operation.isTracedElsewhere = isTracedElsewhere;
          follow(made, operation);
          operation.start();
        } catch (error) {
          ownFailure('native client.query', error);
        }
      };
      const before = queriesBefore(this);
      const off = this.pipeline === true ? whenQueued(this, begin) : undefined;
      try {
        const result = Reflect.apply(original, this, comment?.args ?? arguments);
        begin(isOwn ? (config as PgQuery) : madeQuery(this, before));
        return result;
      } finally {
        off?.();
      }
    };
  });

  replaceMethod(Client.prototype, 'connect', (original) => {
    return function connect(this: PgClient, callback?: Callback): unknown {
      const to = telemetry();
      const setup =
        to === undefined || this._connecting === true ? undefined : beginSetup(to, this, isDoubled());
      if (setup === undefined) return Reflect.apply(original, this, arguments);
      const { operation } = setup;
      if (callback === undefined) {
        return settled(
          operation.whileOpening(original, this, []),
          () => setup.end(undefined),
          (error) => setup.end(error),
        );
      }
      const connected = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
        setup.end(error);
        return operation.whenOpen(() => callback.call(this, error, ...rest));
      };
      return operation.whileOpening(original, this, [connected]);
    };
  });
}

/**
 * Reports the query that is queued next. Pipelined queries leave the queue within the call, and may be answered in it
 * (pg-native index.js, `_readPipelineResults`).
 */
function whenQueued({ _queryQueue: queue }: PgClient, report: (query: PgQuery) => void): () => void {
  return intercept(queue ?? [], 'push', (original) => {
    return function push(this: unknown, query: PgQuery): unknown {
      report(query);
      return original.call(this, query);
    };
  });
}

function follow(query: PgQuery, operation: ReturnType<typeof queryOperation>): void {
  const cover = new Cover(operation);
  // Covered after the call: what is submitted from here on was queued.
  cover.before(query, 'submit', () => operation.leftQueue());
  cover.answer(query, 'emit', (event, outcome) => {
    if (event === 'error') operation.failed(outcome);
    if (event !== 'end') return;
    operation.result = outcome;
    operation.returnedRows = returnedRows(outcome as ResultLike | ResultLike[] | undefined);
    operation.succeeded();
    if (typeof query.callback !== 'function') cover.remove();
  });
  // Called after the event, and the last thing that the driver does with the query.
  cover.answer(query, 'callback', (error) => {
    // The query has copied SQLSTATE and the other fields onto libpq's bare error by now (lib/native/query.js).
    if (error) operation.failed(error);
    cover.remove();
  });
  cover.after(query, 'handleError', (error) => {
    operation.failed(error);
    cover.remove();
  });
}
