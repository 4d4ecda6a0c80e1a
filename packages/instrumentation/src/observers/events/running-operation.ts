import type { SpanContext } from '@opentelemetry/api';
import { milliseconds, seconds } from '../../clock';
import type { Diagnosis } from '../../diagnosis/contracts';
import {
  type OperationBase,
  type OperationKind,
  type Progress,
  QueryOperation,
  type ServerTime,
} from '../../operation';
import type { SlowQuery } from '../../platform';
import type { PoolState } from '../../pool-state';
import type { Statement } from '../../statement';
import type { Target } from '../../target';
import type { Limit } from './limit';
import type { SlowGroup } from './slow-group';

/**
 * The record of an operation that was still running at a check. If the operation never ends, the record is never removed.
 * Therefore it references no object of the caller: no context, bound value, result or driver object.
 */
export class RunningOperation implements Progress, SlowQuery {
  readonly kind: OperationKind;
  readonly target: Target;
  readonly pool: PoolState | undefined;
  /** `db.query.summary` of a query; empty otherwise. */
  readonly summary: string;
  /** Identifies the operation's span, or the caller's span if the operation has none. */
  readonly spanContext: SpanContext | undefined;
  readonly poolWaitSeconds: number | undefined;
  queueSeconds: number | undefined;
  firstRowSeconds: number | undefined;
  hasEnded = false;
  diagnosis: Diagnosis | undefined;
  /** Milliseconds of the monotonic clock. */
  diagnosedAt = Number.NEGATIVE_INFINITY;
  /** Whether its span will carry attributes. */
  readonly isSpanRecording: boolean;
  readonly parameterCount: number;
  /** The limit that it crosses next; `undefined` when it has crossed all of them. */
  limit: Limit | undefined;
  /** One group for each limit that it has crossed. */
  groups: SlowGroup[] | undefined;
  /** Neighbours in the list of operations with the same next limit. */
  previous: RunningOperation | undefined;
  next: RunningOperation | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly #startedAt: number;
  /** Excluded milliseconds up to the start, an integer: V8 would store a fraction as a separate object. */
  readonly #uncountedBefore: number;
  /** Excluded milliseconds up to the first check; `undefined` for operations that take several answers of the server. */
  readonly #uncountedUntilCheck: number | undefined;
  readonly #isInProcess: boolean;
  readonly #paced: PacedTime | undefined;
  readonly #reference: WeakRef<object> | undefined;
  readonly #client: WeakRef<object> | undefined;
  readonly #statement: Statement | undefined;
  readonly #sentText: string | undefined;
  /** Whether it waited in the client's queue at first. */
  readonly #isQueued: boolean;

  /** @param uncountedUntilCheck `undefined` for an operation that ended before its first check */
  constructor(
    operation: OperationBase,
    limit: Limit,
    uncountedBefore: number,
    uncountedUntilCheck: number | undefined,
  ) {
    const query = operation instanceof QueryOperation ? operation : undefined;
    this.kind = operation.kind;
    this.target = operation.target;
    this.pool = operation.pool;
    this.summary = operation.summary;
    this.spanContext = operation.spanContext;
    this.poolWaitSeconds = query?.poolWaitSeconds;
    this.queueSeconds = query?.details?.queueSeconds;
    this.firstRowSeconds = query?.firstRowSeconds;
    this.limit = limit;
    this.#startedAt = operation.startedAt;
    this.#uncountedBefore = uncountedBefore;
    this.#isInProcess = query?.isInProcess === true;
    this.#uncountedUntilCheck =
      query !== undefined && takesOneAnswer(query) ? uncountedUntilCheck : undefined;
    const serverTime = query?.details?.serverTime;
    this.#paced = serverTime && new PacedTime(serverTime);
    this.#reference = query?.client.reference;
    this.#client = query?.client.client;
    this.#statement = query?.prepared.statement;
    this.#sentText = query?.details?.sentText;
    this.#isQueued = query?.isQueued === true;
    this.isSpanRecording = operation.observation?.span?.isRecording() === true;
    this.parameterCount = query?.parameters?.length ?? 0;
  }

  get client(): object | undefined {
    return this.#client?.deref();
  }

  get text(): string {
    return this.#sentText ?? this.#statement?.text ?? '';
  }

  /** Pipelined queries behind others count as queued: the server does not run them yet, and their end is not visible. */
  get isSent(): boolean {
    return !this.#isQueued || this.queueSeconds !== undefined;
  }

  eventLoopDelaySeconds(uncounted: number): number {
    return seconds(uncounted - this.#uncountedBefore);
  }

  get isSlow(): boolean {
    return this.groups !== undefined;
  }

  /** Whether its client or pool was garbage-collected. The operation was then never sent, and never ends. */
  get isAbandoned(): boolean {
    if (this.kind === 'acquire') return this.pool?.read() === undefined;
    return this.#reference !== undefined && this.#reference.deref() === undefined;
  }

  /**
   * Whether its consumer sets its pace (cursors, streams). Such operations do not cross limits in the order of their
   * starts.
   */
  get isPaced(): boolean {
    return this.#paced !== undefined;
  }

  /** The duration in events: the value that the histogram would record if the operation ended now. */
  elapsedSeconds(at: number): number {
    return this.#paced?.seconds ?? seconds(at - this.#startedAt);
  }

  ageSeconds(at: number): number {
    return seconds(at - this.#startedAt);
  }

  /**
   * Whether it has been sent to the server, and ends with the server's first answer. Also true for a database in this
   * process, whose operations cross limits in the order of their starts, too.
   */
  get isOnWire(): boolean {
    return this.#isInProcess || this.#uncountedUntilCheck !== undefined;
  }

  /**
   * The milliseconds that count for limits, at a moment of the monotonic clock. For an operation on the wire, no time
   * between two checks is excluded. For a database in this process none is, because it blocks the event loop itself.
   *
   * @param uncounted excluded milliseconds up to this moment
   * @param uncountedSinceCheck excluded milliseconds since the last check
   */
  countedMilliseconds(at: number, uncounted: number, uncountedSinceCheck: number): number {
    if (this.#isInProcess) return at - this.#startedAt;
    const untilCheck = this.#uncountedUntilCheck;
    const left =
      untilCheck === undefined
        ? uncounted - this.#uncountedBefore
        : untilCheck - this.#uncountedBefore + uncountedSinceCheck;
    const counted = at - this.#startedAt - left;
    return this.#paced?.countedMilliseconds(counted) ?? counted;
  }
}

/**
 * Whether the server's first answer ends a query. False for cursors, streams, queued queries, and queries over HTTP, which
 * may open a connection first.
 */
function takesOneAnswer({ isQueued, details }: QueryOperation): boolean {
  if (isQueued) return false;
  if (details === undefined) return true;
  return [details.serverTime, details.exchange, details.pendingSetup].every((detail) => detail === undefined);
}

/** The server's time that counts for limits. Between two checks, it grows at most by the time that is not excluded. */
class PacedTime {
  readonly #serverTime: ServerTime;
  #checkedAt = 0;
  #seenMilliseconds = 0;
  #countedMilliseconds = 0;

  constructor(serverTime: ServerTime) {
    this.#serverTime = serverTime;
  }

  get seconds(): number {
    return this.#serverTime.seconds;
  }

  countedMilliseconds(counted: number): number {
    const server = milliseconds(this.#serverTime.seconds);
    const most = Math.max(0, counted - this.#checkedAt);
    this.#countedMilliseconds += Math.min(server - this.#seenMilliseconds, most);
    this.#seenMilliseconds = server;
    this.#checkedAt = counted;
    return this.#countedMilliseconds;
  }
}
