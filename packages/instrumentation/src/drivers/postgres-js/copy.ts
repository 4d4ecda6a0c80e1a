import type { QueryOperation } from '../../operation';
import type { ServerClock } from '../server-clock';
import { WrappedMethods } from '../wrapped-methods';

/** The stream that the driver creates for a COPY, or for a replication. */
interface CopyStream {
  pipe?: unknown;
  push?: unknown;
  _write?: unknown;
}

/** Whether the driver resolves the query with a stream. It does so when the server begins the copy. */
export const isCopyStream = (value: unknown): value is CopyStream =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  'pipe' in value &&
  'destroyed' in value;

/** The stream of START_REPLICATION has both directions. The statement is done then; the stream may never end. */
export const isReplicationStream = ({ push, _write: write }: CopyStream): boolean =>
  typeof push === 'function' && typeof write === 'function';

/** The stream of a COPY while it runs. */
export interface FollowedStream {
  /** The rows of a COPY TO, from its result; a COPY FROM returns none. */
  rowsIn(result: unknown): number | undefined;
  unfollow(): void;
}

/** Measures the time of the server, without the time that the application needs to read or write. */
export function followStream(
  stream: CopyStream,
  operation: QueryOperation,
  clock: ServerClock,
): FollowedStream {
  const isReadable = typeof stream.push === 'function';
  const methods = new WrappedMethods(operation);
  clock.answered('statement');
  if (isReadable) {
    methods.before(stream, '_read', () => clock.requested('rows'));
    methods.before(stream, 'push', () => {
      clock.answered('rows');
      operation.firstRowArrived();
    });
  } else {
    for (const name of ['_write', '_writev', '_final']) {
      methods.around(
        stream,
        name,
        () => clock.requested('write'),
        () => clock.answered('write'),
      );
    }
  }
  return {
    rowsIn(result) {
      const { count } = (result ?? {}) as { count?: unknown };
      return isReadable && typeof count === 'number' ? count : undefined;
    },
    unfollow: () => methods.unwrap(),
  };
}
