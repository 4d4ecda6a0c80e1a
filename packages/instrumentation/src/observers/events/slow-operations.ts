import { now } from '../../clock';
import type { EventLimits } from '../../configuration';
import { type Operation, type OperationBase, QueryOperation } from '../../operation';
import { ERROR_TYPE, EVENT_OPERATION_ENDED, OPERATION_ELAPSED } from '../../semconv';
import { logInternalError } from '../../warnings';
import { CountedEvents } from './counted-events';
import { contextOf, type EventLog } from './event-log';
import { type Heartbeat, sooner } from './heartbeat';
import { Limits } from './limits';
import { RunningList } from './running-list';
import { RunningOperation } from './running-operation';
import { type SlowGroup, waits } from './slow-group';

/**
 * What runs, and how long: `pg_otel.operation.slow` while an operation is over a limit, and
 * `pg_otel.operation.ended` when it has ended.
 */
export class SlowOperations {
  readonly #limits: Limits;
  readonly #repeatMilliseconds: number;
  readonly #log: EventLog;
  readonly #heartbeat: Heartbeat;
  readonly #ended: CountedEvents;
  /** Those that started after the last look. Most end before the next one, and no record of them is made. */
  readonly #recent = new RunningList<OperationBase>();
  /** Cursors and streams that have a limit before them: a consumer's pace decides which crosses it first. */
  readonly #paced = new Set<RunningOperation>();

  constructor(limits: EventLimits, repeatMilliseconds: number, log: EventLog, heartbeat: Heartbeat) {
    this.#limits = new Limits(limits);
    this.#repeatMilliseconds = repeatMilliseconds;
    this.#log = log;
    this.#heartbeat = heartbeat;
    this.#ended = new CountedEvents(log);
  }

  started(operation: Operation): void {
    if (this.#limits.of(operation) === undefined) return;
    if (operation instanceof QueryOperation && operation.prepared.statement.isLongByNature) return;
    const { startedAt } = operation;
    this.#heartbeat.quicken(startedAt);
    operation.uncountedBefore = this.#heartbeat.uncounted(startedAt);
    // Without a timer nobody would look before it ends, and where its request is cancelled it never does.
    if (this.#heartbeat.isTimed) this.#recent.append(operation);
  }

  ended(operation: Operation): void {
    const { uncountedBefore } = operation;
    if (uncountedBefore === undefined) return;
    operation.uncountedBefore = undefined;
    const at = operation.endedAt ?? now();
    const running = this.#lookedAt(operation) ?? this.#unlooked(operation, uncountedBefore, at);
    if (running === undefined) return;
    // It may have crossed a limit that nobody has looked at since.
    crossAll(running, at, this.#heartbeat.uncounted(at), this.#heartbeat.uncountedSinceLook(at));
    if (running.groups !== undefined) this.#tellEnd(operation, running, running.groups, at);
  }

  /** The record of an operation that ends, if a look has made one; it is in no list any more. */
  #lookedAt(operation: Operation): RunningOperation | undefined {
    // What `#look` has put there.
    const running = operation.progress as RunningOperation | undefined;
    if (running === undefined) return undefined;
    operation.progress = undefined;
    if (running.isPaced) this.#paced.delete(running);
    else running.limit?.forget(running);
    return running;
  }

  /** A record of an operation that ends before a look, if it has run long enough to cross a limit. */
  #unlooked(operation: Operation, uncountedBefore: number, at: number): RunningOperation | undefined {
    if (this.#heartbeat.isTimed) this.#recent.remove(operation);
    const limit = this.#limits.of(operation);
    if (limit === undefined || at - operation.startedAt < limit.milliseconds) return undefined;
    return new RunningOperation(operation, limit, uncountedBefore, undefined);
  }

  /** Returns the milliseconds until the next one has to be looked at; `undefined` when nothing runs. */
  beat(at: number): number | undefined {
    const uncounted = this.#heartbeat.uncounted(at);
    for (let { first } = this.#recent; first !== undefined; { first } = this.#recent) {
      this.#recent.remove(first);
      this.#look(first, uncounted);
    }
    for (const running of this.#paced) {
      crossAll(running, at, uncounted, 0);
      if (running.limit === undefined) this.#paced.delete(running);
    }
    let next: number | undefined = this.#paced.size > 0 ? 0 : undefined;
    for (const limit of this.#limits.all) {
      limit.look(at, uncounted);
      next = sooner(next, limit.tell(this.#log, at, this.#repeatMilliseconds));
    }
    return sooner(next, this.#ended.beat(at));
  }

  /** From the first look on a record is kept of an operation, and nothing of its caller's. */
  #look(operation: OperationBase, uncounted: number): void {
    const limit = this.#limits.of(operation);
    const { uncountedBefore } = operation;
    if (limit === undefined || uncountedBefore === undefined) return;
    try {
      const running = new RunningOperation(operation, limit, uncountedBefore, uncounted);
      operation.progress = running;
      if (running.isPaced) this.#paced.add(running);
      else limit.expect(running);
    } catch (error) {
      // Its span is the application's SDK's.
      logInternalError('the look at what runs', error);
    }
  }

  /** Tells all that waits for the budget. */
  flush(at: number): void {
    for (const limit of this.#limits.all) limit.flush(this.#log, at);
    this.#ended.flush();
  }

  #tellEnd(operation: Operation, running: RunningOperation, groups: readonly SlowGroup[], at: number): void {
    const elapsedSeconds = operation.countedSeconds;
    for (const group of groups) {
      group.ended(running, elapsedSeconds);
      if (group.isNew || !this.#heartbeat.isTimed) group.tell(this.#log, at);
    }
    const { failure } = operation;
    this.#ended.add(
      {
        eventName: EVENT_OPERATION_ENDED,
        severity: 'INFO',
        attributes: { ...groups.at(-1)?.attributes, ...(failure && { [ERROR_TYPE]: failure.type }) },
        details: { [OPERATION_ELAPSED]: elapsedSeconds, ...waits(running) },
        context: contextOf(running.spanContext),
      },
      elapsedSeconds,
      at,
    );
    // What is beyond the budget is told at a beat.
    this.#heartbeat.quicken(at);
  }
}

function crossAll(
  running: RunningOperation,
  at: number,
  uncounted: number,
  uncountedSinceLook: number,
): void {
  let { limit } = running;
  if (limit === undefined) return;
  const milliseconds = running.countedMilliseconds(at, uncounted, uncountedSinceLook);
  for (; limit !== undefined && milliseconds >= limit.milliseconds; limit = limit.next) limit.cross(running);
}
