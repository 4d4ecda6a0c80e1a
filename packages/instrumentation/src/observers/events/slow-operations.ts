import { now } from '../../clock';
import type { EventLimits } from '../../configuration';
import { type Operation, QueryOperation } from '../../operation';
import { ERROR_TYPE, EVENT_OPERATION_ENDED, OPERATION_ELAPSED } from '../../semconv';
import { CountedEvents } from './counted-events';
import { contextOf, type EventLog } from './event-log';
import { type Heartbeat, sooner } from './heartbeat';
import { Limits } from './limits';
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
    const limit = this.#limits.of(operation);
    if (limit === undefined) return;
    if (operation instanceof QueryOperation && operation.prepared.statement.isLongByNature) return;
    const { startedAt } = operation;
    this.#heartbeat.quicken(startedAt);
    const uncounted = this.#heartbeat.uncounted(startedAt);
    const running = new RunningOperation(operation, limit, uncounted, this.#heartbeat.interval);
    operation.progress = running;
    // Nobody would look before it ends, and where its request is cancelled it never does.
    if (!this.#heartbeat.isTimed) return;
    if (running.isPaced) this.#paced.add(running);
    else limit.expect(running);
  }

  ended(operation: Operation): void {
    // What `started` has put there.
    const running = operation.progress as RunningOperation | undefined;
    if (running === undefined) return;
    operation.progress = undefined;
    if (running.isPaced) this.#paced.delete(running);
    else if (this.#heartbeat.isTimed) running.limit?.forget(running);
    const at = operation.endedAt ?? now();
    // It may have crossed a limit that nobody has looked at since.
    crossAll(running, at, this.#heartbeat.uncounted(at), this.#heartbeat.uncountedSinceLook(at));
    if (running.groups !== undefined) this.#tellEnd(operation, running, running.groups, at);
  }

  /** Returns the milliseconds until the next one has to be looked at; `undefined` when nothing runs. */
  beat(at: number): number | undefined {
    const uncounted = this.#heartbeat.uncounted(at);
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
