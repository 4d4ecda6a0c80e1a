import type { SpanContext } from '@opentelemetry/api';
import { milliseconds, seconds } from '../../clock';
import {
  type OperationBase,
  type OperationKind,
  type Progress,
  QueryOperation,
  type ServerTime,
} from '../../operation';
import type { PoolState } from '../../pool-state';
import type { Target } from '../../target';
import type { Limit } from './limit';
import type { SlowGroup } from './slow-group';

/**
 * What is kept of an operation that still runs when it is looked at. One that never ends is kept for good, so nothing of its caller's
 * hangs on this: no context, no bound value, no result, no object of the driver's.
 */
export class RunningOperation implements Progress {
  readonly kind: OperationKind;
  readonly target: Target;
  readonly pool: PoolState | undefined;
  /** `db.query.summary` of a query; empty otherwise. */
  readonly summary: string;
  /** Of the operation's own span, else of its caller's. */
  readonly spanContext: SpanContext | undefined;
  readonly poolWaitSeconds: number | undefined;
  queueSeconds: number | undefined;
  firstRowSeconds: number | undefined;
  /** The limit it comes to next; `undefined` when it has crossed them all. */
  limit: Limit | undefined;
  /** One for each limit it has crossed. */
  groups: SlowGroup[] | undefined;
  /** Neighbours in the list of those that come to the same limit next. */
  previous: RunningOperation | undefined;
  next: RunningOperation | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly #startedAt: number;
  /** What was not counted until then: an integer, which costs no object of its own as a second moment would. */
  readonly #uncountedBefore: number;
  /** As {@link #uncountedBefore}, until it was first looked at; `undefined` for what takes several answers of the server. */
  readonly #uncountedUntilLook: number | undefined;
  readonly #paced: PacedTime | undefined;
  readonly #client: WeakRef<object> | undefined;

  /** @param uncountedUntilLook `undefined` for an operation that ended before anyone looked */
  constructor(
    operation: OperationBase,
    limit: Limit,
    uncountedBefore: number,
    uncountedUntilLook: number | undefined,
  ) {
    const query = operation instanceof QueryOperation ? operation : undefined;
    this.kind = operation.kind;
    this.target = operation.target;
    this.pool = operation.pool;
    this.summary = operation.summary;
    this.spanContext = operation.spanContext;
    this.poolWaitSeconds = query?.poolWaitSeconds;
    this.queueSeconds = query?.queueSeconds;
    this.firstRowSeconds = query?.firstRowSeconds;
    this.limit = limit;
    this.#startedAt = operation.startedAt;
    this.#uncountedBefore = uncountedBefore;
    this.#uncountedUntilLook = query !== undefined && takesOneAnswer(query) ? uncountedUntilLook : undefined;
    this.#paced = query?.serverTime && new PacedTime(query.serverTime);
    this.#client = query?.client.reference;
  }

  get isSlow(): boolean {
    return this.groups !== undefined;
  }

  /** Its client or pool was dropped and collected: it was never sent, and will never end. */
  get isAbandoned(): boolean {
    if (this.kind === 'acquire') return this.pool?.read() === undefined;
    return this.#client !== undefined && this.#client.deref() === undefined;
  }

  /** A consumer decides how fast it goes on: the order of starts is not that of crossings. */
  get isPaced(): boolean {
    return this.#paced !== undefined;
  }

  /** As it is told: what the histogram would get if it ended now. */
  elapsedSeconds(at: number): number {
    return this.#paced?.seconds ?? seconds(at - this.#startedAt);
  }

  /** It is on its way to the server, and its first answer is its end. */
  get isOnWire(): boolean {
    return this.#uncountedUntilLook !== undefined;
  }

  /**
   * Milliseconds that count, at a moment of the monotonic clock, of which so many are not counted until then. What was
   * sent before a look and is unanswered at a later one was waited for all the time between the two.
   */
  countedMilliseconds(at: number, uncounted: number, uncountedSinceLook: number): number {
    const untilLook = this.#uncountedUntilLook;
    const left =
      untilLook === undefined
        ? uncounted - this.#uncountedBefore
        : untilLook - this.#uncountedBefore + uncountedSinceLook;
    const counted = at - this.#startedAt - left;
    return this.#paced?.countedMilliseconds(counted) ?? counted;
  }
}

/** Not behind others on its client, no cursor or stream, and not over HTTP, which may open a connection first. */
const takesOneAnswer = (query: QueryOperation): boolean =>
  !query.isQueued &&
  query.serverTime === undefined &&
  query.exchange === undefined &&
  query.pendingSetup === undefined;

/** The time of the server, as far as it is counted: between two looks no more than the counted time went on. */
class PacedTime {
  readonly #serverTime: ServerTime;
  #lookedAt = 0;
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
    const most = Math.max(0, counted - this.#lookedAt);
    this.#countedMilliseconds += Math.min(server - this.#seenMilliseconds, most);
    this.#seenMilliseconds = server;
    this.#lookedAt = counted;
    return this.#countedMilliseconds;
  }
}
