import { attachment } from '../../attachment';
import { now } from '../../clock';
import type { QueryOperation } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { countedRows } from '../returned-rows';
import { ServerClock, type ServerRequest } from '../server-clock';
import { WrappedMethods } from '../wrapped-methods';
import { queriesBefore } from './created-query';
import type { PgClient, Submittable } from './pg';
import { queryOperation, textOf } from './query-operation';

/** A pg-cursor, alone or inside a pg-query-stream. */
interface CursorLike {
  read?: Callback;
  text?: unknown;
  values?: unknown;
}

type SubmittableLike = Submittable & {
  cursor?: CursorLike;
  push?: unknown;
  _write?: unknown;
  rowCount?: unknown;
  _canceledDueToError?: unknown;
};

/**
 * The operation of a submittable while it runs. The application may keep the object, which must not keep the operation and
 * the caller's context alive.
 */
const operations = attachment<Submittable, QueryOperation | undefined>();

/** Calls of `client.query`: a submittable that is sent within its call has not queued. */
const calls = new CallScope<Submittable>();

/**
 * Instruments objects of the user that `client.query` executes directly: `pg.Query`, cursors, query streams, COPY in
 * both directions. While an object runs, the methods that pg's client calls on it are wrapped on the object itself.
 * They are unwrapped at the end.
 */
export function querySubmittable(
  to: Telemetry,
  client: PgClient,
  submittable: SubmittableLike,
  original: Callback,
  args: IArguments,
  isTracedElsewhere: boolean,
): unknown {
  let operation: QueryOperation | undefined;
  try {
    operation = begin(to, client, submittable, isTracedElsewhere);
  } catch (error) {
    logInternalError('a submittable query', error);
  }
  const outer = calls.enter(submittable);
  try {
    return Reflect.apply(original, client, args);
  } catch (error) {
    operation?.failed(error);
    throw error;
  } finally {
    calls.leave(outer);
  }
}

/**
 * Returns `undefined` for an object that is already running, and for one that does not report its end: it runs
 * uninstrumented, because its span would never end.
 */
function begin(
  to: Telemetry,
  client: PgClient,
  submittable: SubmittableLike,
  isTracedElsewhere: boolean,
): QueryOperation | undefined {
  const isRunning = operations.get(submittable)?.hasEnded === false;
  const reportsItsEnd =
    typeof submittable.handleReadyForQuery === 'function' && typeof submittable.handleError === 'function';
  if (isRunning || !reportsItsEnd) return undefined;

  const startedAt = now();
  const source = submittable.cursor ?? submittable;
  const text = textOf(client, { text: source.text, name: submittable.name });
  const operation = queryOperation(to, client, startedAt, text, source.values);
  operation.isTracedElsewhere = isTracedElsewhere;
  operation.isQueued = queriesBefore(client).isBusy;
  const methods = new WrappedMethods(operation);
  try {
    follow(submittable, operation, methods);
  } catch (error) {
    methods.unwrap();
    throw error;
  }
  operations.set(submittable, operation);
  return operation.start();
}

/** Wraps the methods that show the progress and the end. */
function follow(submittable: SubmittableLike, operation: QueryOperation, methods: WrappedMethods): void {
  const clock = pacedBy(submittable, operation.startedAt, methods);
  if (clock !== undefined) operation.addDetails({ serverTime: clock });
  let rows: number | undefined;

  methods.before(submittable, 'submit', () => {
    if (calls.current !== submittable) operation.leftQueue();
  });
  methods.onAnswer(submittable, 'handleRowDescription', () => {
    rows ??= 0;
    operation.firstRowArrived();
  });
  const countRow = (): void => {
    rows = (rows ?? 0) + 1;
  };
  // A pg.Query calls its `row` listeners in this method. Cursors and streams run no code of the user in it.
  if (clock === undefined) methods.onAnswer(submittable, 'handleDataRow', countRow);
  else methods.before(submittable, 'handleDataRow', countRow);

  const end = (report: () => void): void => {
    clock?.stop();
    operation.returnedRows = rows ?? countedRows(copiedRows, submittable);
    report();
    methods.unwrap();
    operations.set(submittable, undefined);
  };
  methods.onAnswer(submittable, 'handleReadyForQuery', () => {
    // When a row could not be parsed, pg.Query reports the error only now, by calling handleError.
    const isCanceled = guarded('a submittable', () => Boolean(submittable._canceledDueToError));
    if (isCanceled !== true) end(() => operation.succeeded());
  });
  methods.onAnswer(submittable, 'handleError', (error) => end(() => operation.failed(error)));
}

/** The row count of the command tag (pg-copy-streams copy-to.js); COPY FROM returns nothing. */
function copiedRows(submittable: SubmittableLike): number | undefined {
  const isReadable = typeof submittable.push === 'function';
  return isReadable && typeof submittable.rowCount === 'number' ? submittable.rowCount : undefined;
}

/** The methods that pg's client calls for messages of the server, each with the requests that the message answers. */
const ANSWERS: Readonly<Record<string, readonly ServerRequest[]>> = {
  handleRowDescription: ['statement'],
  handleCopyInResponse: ['statement'],
  handlePortalSuspended: ['statement', 'rows'],
  handleCommandComplete: ['statement', 'rows'],
  handleEmptyQuery: ['statement', 'rows'],
};

/** The clock of a submittable whose consumer decides how fast it proceeds; `undefined` for a query that no consumer delays. */
function pacedBy(
  submittable: SubmittableLike,
  startedAt: number,
  methods: WrappedMethods,
): ServerClock | undefined {
  const cursor: CursorLike = submittable.cursor ?? (submittable as CursorLike);
  const isCursor = typeof cursor.read === 'function' && '_getRows' in cursor;
  const isReadable = typeof submittable.push === 'function';
  const isWritable = typeof submittable._write === 'function';
  // pg.Query has `_getRows` too, but no consumer delays it.
  if (!isCursor && !isReadable && !isWritable) return undefined;

  const clock = new ServerClock(startedAt);
  const requests = (object: object, name: string, request: ServerRequest): void =>
    methods.before(object, name, () => clock.requested(request));
  for (const [name, answered] of Object.entries(ANSWERS)) {
    methods.onAnswer(submittable, name, () => clock.answered(...answered));
  }
  if (isCursor) {
    requests(cursor, '_getRows', 'rows');
    requests(cursor, '_closePortal', 'close');
    methods.before(cursor, '_ifNoData', () => clock.answered('statement'));
  } else if (isReadable) {
    requests(submittable, '_read', 'rows');
    methods.before(submittable, 'push', () => clock.answered('statement', 'rows'));
  }
  if (isWritable) {
    for (const name of ['_write', '_writev', '_final']) {
      methods.around(
        submittable,
        name,
        () => clock.requested('write'),
        () => clock.answered('write'),
      );
    }
  }
  return clock;
}
