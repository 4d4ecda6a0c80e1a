import type { RunningFigures } from '../../channels';
import { now } from '../../clock';
import type { EventLimits } from '../../configuration';
import { LinkedList } from '../../linked-list';
import type { Observation, Operation } from '../../operation';
import type { Platform } from '../../platform';
import { ERROR_TYPE, EVENT_OPERATION_ENDED, OPERATION_ELAPSED } from '../../semconv';
import { logInternalError } from '../../warnings';
import { CountedEvents } from './counted-events';
import { Diagnoses } from './diagnoses';
import { contextOf, type EventLog } from './event-log';
import { type Heartbeat, sooner } from './heartbeat';
import { Limits } from './limits';
import { runningFigures } from './running-figures';
import { RunningOperation } from './running-operation';
import { type SlowGroup, waitAttributes } from './slow-group';

/**
 * Watches running operations. Emits `pg_otel.operation.slow` while an operation is over a limit, and
 * `pg_otel.operation.ended` when an operation that was over a limit has ended.
 */
export class SlowOperations {
  readonly #limits: Limits;
  readonly #repeatMilliseconds: number;
  readonly #log: EventLog;
  readonly #heartbeat: Heartbeat;
  readonly #ended: CountedEvents;
  readonly #diagnoses: Diagnoses | undefined;
  /** Operations that started after the last check. Most end before the next check and need no record. */
  readonly #recent = new LinkedList<Observation>();
  /** Cursors and streams with a next limit. They do not cross it in the order of their starts. */
  readonly #paced = new Set<RunningOperation>();

  /** @param diagnoser absent when the server is not asked why operations are slow */
  constructor(
    limits: EventLimits,
    repeatMilliseconds: number,
    log: EventLog,
    heartbeat: Heartbeat,
    diagnoser: Platform['diagnoser'],
  ) {
    this.#limits = new Limits(limits);
    this.#repeatMilliseconds = repeatMilliseconds;
    this.#log = log;
    this.#heartbeat = heartbeat;
    this.#ended = new CountedEvents(log);
    this.#diagnoses = diagnoser && new Diagnoses(diagnoser, log, heartbeat, () => this.#running());
  }

  started(operation: Operation): void {
    if (this.#limits.of(operation) === undefined) return;
    if (operation.isLongByNature) return;
    const { startedAt } = operation;
    this.#heartbeat.quicken(startedAt);
    const observation = operation.observe();
    observation.uncountedBefore = this.#heartbeat.uncounted(startedAt);
    // Without a timer, no check sees it before it ends. If its request is cancelled, it never ends, and would stay in
    // the list.
    if (this.#heartbeat.isTimed) this.#recent.append(observation);
  }

  ended(operation: Operation): void {
    const { observation } = operation;
    if (observation?.uncountedBefore === undefined) return;
    const { uncountedBefore } = observation;
    observation.uncountedBefore = undefined;
    const at = operation.endedAt ?? now();
    const running = this.#takeRecord(observation) ?? this.#recordIfSlow(observation, uncountedBefore, at);
    if (running === undefined) return;
    running.hasEnded = true;
    // It may have crossed a limit since the last check.
    crossAll(running, at, this.#heartbeat.uncounted(at), this.#heartbeat.uncountedSinceCheck(at));
    if (running.groups !== undefined) this.#emitEnd(operation, running, running.groups, at);
  }

  /** Returns the record of an operation that ends, if a check has made one, and removes it from its list. */
  #takeRecord(observation: Observation): RunningOperation | undefined {
    // `#record` has set it.
    const running = observation.progress as RunningOperation | undefined;
    if (running === undefined) return undefined;
    observation.progress = undefined;
    if (running.isPaced) this.#paced.delete(running);
    else running.limit?.forget(running);
    return running;
  }

  /** Creates the record of an operation that ends before its first check, if it may have crossed a limit. */
  #recordIfSlow(observation: Observation, uncountedBefore: number, at: number): RunningOperation | undefined {
    const { operation } = observation;
    if (this.#heartbeat.isTimed) this.#recent.remove(observation);
    const limit = this.#limits.of(operation);
    if (limit === undefined || at - operation.startedAt < limit.milliseconds) return undefined;
    return new RunningOperation(operation, limit, uncountedBefore, undefined);
  }

  /** Checks running operations. Returns the milliseconds until the next check, `undefined` when nothing runs. */
  beat(at: number): number | undefined {
    const uncounted = this.#heartbeat.uncounted(at);
    for (let { first } = this.#recent; first !== undefined; { first } = this.#recent) {
      this.#recent.remove(first);
      this.#record(first, uncounted);
    }
    for (const running of this.#paced) {
      crossAll(running, at, uncounted, 0);
      if (running.limit === undefined) this.#paced.delete(running);
    }
    let next: number | undefined = this.#paced.size > 0 ? 0 : undefined;
    for (const limit of this.#limits.all) {
      limit.check(at, uncounted);
      next = sooner(next, limit.emit(this.#log, at, this.#repeatMilliseconds));
      if (this.#diagnoses === undefined) continue;
      next = sooner(next, limit.ask(this.#diagnoses, at, this.#repeatMilliseconds));
    }
    return sooner(next, this.#ended.beat(at));
  }

  /** The operations that have been running since at least one check. */
  *#running(): Iterable<RunningOperation> {
    yield* this.#paced;
    for (const limit of this.#limits.all) yield* limit.running();
  }

  /** Adds the record of an operation at its first check. */
  #record(observation: Observation, uncounted: number): void {
    const running = this.#recordOf(observation, uncounted);
    if (running === undefined) {
      // It is in no list any more, from which its end could remove it.
      observation.uncountedBefore = undefined;
      return;
    }
    observation.progress = running;
    if (running.isPaced) this.#paced.add(running);
    else running.limit?.expect(running);
  }

  #recordOf({ operation, uncountedBefore }: Observation, uncounted: number): RunningOperation | undefined {
    const limit = this.#limits.of(operation);
    if (limit === undefined || uncountedBefore === undefined) return undefined;
    try {
      return new RunningOperation(operation, limit, uncountedBefore, uncounted);
    } catch (error) {
      // The span belongs to the application's SDK, and may throw.
      logInternalError('the check of running operations', error);
      return undefined;
    }
  }

  /** The operations that run now, longest first. */
  running(at: number): RunningFigures[] {
    const checked = new Set(this.#running());
    const figures = [...checked].map((running) => runningFigures(running, at));
    for (const { operation } of this.#recent) {
      const limit = this.#limits.of(operation);
      if (limit !== undefined) figures.push(runningFigures(new RunningOperation(operation, limit, 0, 0), at));
    }
    return figures.sort((one, other) => other.elapsedSeconds - one.elapsedSeconds);
  }

  /** Emits all events that wait for the budget. */
  flush(at: number): void {
    for (const limit of this.#limits.all) limit.flush(this.#log, at);
    this.#ended.flush();
  }

  #emitEnd(operation: Operation, running: RunningOperation, groups: readonly SlowGroup[], at: number): void {
    const elapsedSeconds = operation.countedSeconds;
    for (const group of groups) {
      group.ended(running, elapsedSeconds);
      if (group.isNew || !this.#heartbeat.isTimed) group.emit(this.#log, at);
    }
    const { failure } = operation;
    this.#ended.add(
      {
        eventName: EVENT_OPERATION_ENDED,
        severity: 'INFO',
        attributes: { ...groups.at(-1)?.attributes, ...(failure && { [ERROR_TYPE]: failure.type }) },
        details: { [OPERATION_ELAPSED]: elapsedSeconds, ...waitAttributes(running) },
        context: contextOf(running.spanContext),
      },
      elapsedSeconds,
      at,
    );
    // Events beyond the budget are emitted at a later beat.
    this.#heartbeat.quicken(at);
  }
}

function crossAll(
  running: RunningOperation,
  at: number,
  uncounted: number,
  uncountedSinceCheck: number,
): void {
  let { limit } = running;
  if (limit === undefined) return;
  const milliseconds = running.countedMilliseconds(at, uncounted, uncountedSinceCheck);
  for (; limit !== undefined && milliseconds >= limit.milliseconds; limit = limit.next) limit.cross(running);
}
