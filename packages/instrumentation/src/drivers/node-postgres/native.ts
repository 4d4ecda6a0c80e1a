import { now } from '../../clock';
import { type Telemetry, telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { intercept, replaceMethod } from '../method';
import { type ResultLike, returnedRows } from '../returned-rows';
import { settled } from '../settled';
import { WrappedMethods } from '../wrapped-methods';
import { beginSetup } from './connect';
import { createdQuery, queriesBefore } from './created-query';
import type { ClientClass, PgClient, PgQuery } from './pg';
import { queryOperation, refused, textOf } from './query-operation';
import { commented } from './sql-comment';

/**
 * Patches `pg.native` (pg lib/native). libpq opens and reads the socket, so there are no setup phases and no time of the
 * first row. A query ends with its `end` event.
 */
export function patchNative(Client: ClientClass, checkTracedElsewhere: () => boolean): void {
  replaceMethod(Client.prototype, 'query', (original) => {
    return function query(this: PgClient, config: unknown): unknown {
      const to = telemetry();
      if (to === undefined || config == null) return Reflect.apply(original, this, arguments);
      const call = guarded('native client.query', () => beginCall(to, this, arguments, checkTracedElsewhere));
      if (call === undefined) return Reflect.apply(original, this, arguments);
      try {
        const result = Reflect.apply(original, this, call.args);
        guarded('native client.query', () => call.returned());
        return result;
      } finally {
        guarded('native client.query', () => call.off?.());
      }
    };
  });

  replaceMethod(Client.prototype, 'connect', (original) => {
    return function connect(this: PgClient, callback?: Callback): unknown {
      const to = telemetry();
      const isCallable = callback === undefined || typeof callback === 'function';
      const setup =
        to && isCallable
          ? guarded('client.connect', () => beginSetup(to, this, checkTracedElsewhere()))
          : undefined;
      if (setup === undefined) return Reflect.apply(original, this, arguments);
      const { operation } = setup;
      if (callback === undefined) {
        return settled(
          operation.whileOpening(original, this, arguments),
          () => setup.end(undefined),
          (error) => setup.end(error),
        );
      }
      const connected = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
        guarded('the setup of a connection', () => setup.end(error));
        return operation.whenOpen(() => Reflect.apply(callback, this, [error, ...rest]));
      };
      return operation.whileOpening(original, this, [connected, ...[...arguments].slice(1)]);
    };
  });
}

/** An instrumented call of `client.query`. */
interface NativeCall {
  readonly args: unknown[] | IArguments;
  /** The driver's method has returned, and the query is in its queue. */
  returned(): void;
  readonly off: (() => void) | undefined;
}

function beginCall(
  to: Telemetry,
  client: PgClient,
  args: IArguments,
  checkTracedElsewhere: () => boolean,
): NativeCall | undefined {
  const startedAt = now();
  if (!to.isObserved(startedAt)) return undefined;
  const [config, values] = args as unknown as [unknown, unknown];
  const isTracedElsewhere = checkTracedElsewhere();
  const isOwn = typeof (config as PgQuery).submit === 'function';
  const comment = to.addsComments && !isOwn ? commented(to, args) : undefined;
  const before = queriesBefore(client);
  let isKnown = false;
  const begin = (made: PgQuery | undefined): void => {
    if (isKnown) return;
    isKnown = true;
    if (made === undefined) {
      refused(to, client, startedAt, config, values, isTracedElsewhere);
      return;
    }
    const text = comment?.text ?? textOf(client, made);
    const operation = queryOperation(to, client, startedAt, text, made.values);
    operation.isTracedElsewhere = isTracedElsewhere;
    operation.isQueued = before.isBusy;
    if (comment !== undefined) operation.addDetails({ sentText: textOf(client, made) });
    follow(made, operation);
    operation.start();
    // The driver rejects some queries within the call, such as one with the name of another statement (pg
    // lib/native/query.js, `submit`).
    if (made.state === 'error') operation.failed(new Error('The query was refused by the driver'));
  };
  return {
    args: comment?.args ?? args,
    returned: () => begin(isOwn ? (config as PgQuery) : createdQuery(client, before)),
    off: client.pipeline === true ? whenQueued(client, begin) : undefined,
  };
}

/**
 * Reports the next query that is queued. Pipelined queries leave the queue within the call, and may be answered within it
 * (pg-native index.js, `_readPipelineResults`).
 */
function whenQueued({ _queryQueue: queue }: PgClient, report: (query: PgQuery) => void): () => void {
  return intercept(queue ?? [], 'push', (original) => {
    return function push(this: unknown, query: PgQuery): unknown {
      guarded('native client.query', () => report(query));
      return Reflect.apply(original, this, arguments);
    };
  });
}

function follow(query: PgQuery, operation: ReturnType<typeof queryOperation>): void {
  const methods = new WrappedMethods(operation);
  // A test double without these methods would never report its end.
  if (typeof query.emit !== 'function' || typeof query.handleError !== 'function') {
    throw new Error('this version of pg-native reports the end of a query in another way');
  }
  // Wrapped after the call of `client.query`, so `submit` is observed only for queries that had to queue.
  methods.before(query, 'submit', () => operation.leftQueue());
  methods.onAnswer(query, 'emit', (event, outcome) => {
    if (event === 'error') operation.failed(outcome);
    if (event !== 'end') return;
    operation.result = outcome;
    operation.returnedRows = returnedRows(outcome as ResultLike | ResultLike[] | undefined);
    operation.succeeded();
    if (typeof query.callback !== 'function') methods.unwrap();
  });
  // The driver calls the callback after the event, and then does nothing else with the query.
  methods.onAnswer(query, 'callback', (error) => {
    // By now, the query has copied SQLSTATE and the other fields to libpq's error (lib/native/query.js).
    if (error) operation.failed(error);
    methods.unwrap();
  });
  methods.after(query, 'handleError', (error) => {
    operation.failed(error);
    methods.unwrap();
  });
}
