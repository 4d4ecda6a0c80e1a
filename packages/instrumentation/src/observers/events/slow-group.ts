import type { Attributes } from '@opentelemetry/api';
import {
  CLIENT_QUEUE_TIME,
  EVENT_OPERATION_SLOW,
  FIRST_ROW_TIME,
  OPERATION_CROSSINGS,
  OPERATION_ELAPSED,
  OPERATION_LIMIT,
  OPERATION_RUNNING,
  POOL_WAIT_TIME,
} from '../../semconv';
import { diagnosisAttributes } from '../diagnosis-attributes';
import type { Budget } from './budget';
import { contextOf, type EventLog, operationAttributes } from './event-log';
import type { RunningOperation } from './running-operation';

/** How long before a repeated event the server is asked. */
const AHEAD_MILLISECONDS = 5000;
/** The age at which a diagnosis is not part of an event any more. */
const OUTDATED_MILLISECONDS = 10_000;
/** The most operations of a group in one question. */
const MAX_QUESTIONS = 10;
const NONE: readonly RunningOperation[] = [];

/** Operations of one kind, pool (or target) and summary that have crossed one limit. They share one event. */
export class SlowGroup {
  /** The attributes that its operations have in common. */
  readonly attributes: Attributes;
  readonly #budget: Budget;
  readonly #over = new Set<RunningOperation>();
  /** Operations that have crossed the limit since the last event. */
  #crossings = 0;
  #emittedAt: number | undefined;
  /** The operations to ask about that have crossed the limit since the last call of `takeQuestions`. */
  #unasked: RunningOperation[] = [];
  #isAskedAhead = false;
  /**
   * The longest ended operation that has crossed the limit since the last event. The event describes it if none still
   * runs.
   */
  #ended: { readonly running: RunningOperation; readonly elapsedSeconds: number } | undefined;

  constructor(running: RunningOperation, summary: string, limitSeconds: number, budget: Budget) {
    this.attributes = { ...operationAttributes(running, summary), [OPERATION_LIMIT]: limitSeconds };
    this.#budget = budget;
  }

  /** The operations over the limit, in the order in which they crossed it. */
  get running(): Iterable<RunningOperation> {
    return this.#over;
  }

  crossed(running: RunningOperation): void {
    this.#over.add(running);
    this.#crossings += 1;
    if (this.#unasked.length < MAX_QUESTIONS) this.#unasked.push(running);
  }

  /** How many operations are over the limit. */
  get size(): number {
    return this.#over.size;
  }

  get oldest(): RunningOperation | undefined {
    for (const running of this.#over) return running;
    return undefined;
  }

  /**
   * Returns the operations that the server is asked about now: those that have crossed the limit and, shortly before the
   * event is repeated, the oldest one, so that the event shows a new answer.
   */
  takeQuestions(at: number, repeatMilliseconds: number): readonly RunningOperation[] {
    if (this.isNew) return NONE;
    const unasked = this.#unasked;
    if (unasked.length > 0) this.#unasked = [];
    const { oldest } = this;
    if (oldest === undefined || (this.askDueIn(at, repeatMilliseconds) ?? 1) > 0) return unasked;
    this.#isAskedAhead = true;
    return [oldest, ...unasked.filter((running) => running !== oldest)];
  }

  /** Milliseconds until the question before the next event; `undefined` if there is none. */
  askDueIn(at: number, repeatMilliseconds: number): number | undefined {
    if (this.isNew || this.#isAskedAhead) return undefined;
    return this.dueIn(at, repeatMilliseconds) - Math.min(AHEAD_MILLISECONDS, repeatMilliseconds / 2);
  }

  ended(running: RunningOperation, elapsedSeconds: number): void {
    this.#over.delete(running);
    if (this.#crossings > 0 && elapsedSeconds > (this.#ended?.elapsedSeconds ?? 0)) {
      this.#ended = { running, elapsedSeconds };
    }
  }

  /** Removes operations that can no longer end. Without others there is nothing that an event could describe. */
  forgetAbandoned(): void {
    for (const running of this.#over) if (running.isAbandoned) this.#over.delete(running);
    if (this.#over.size === 0 && this.#ended === undefined) this.#crossings = 0;
  }

  /** Whether no operation is over the limit, and none waits for an event. */
  get isFinished(): boolean {
    return this.#over.size === 0 && this.#crossings === 0;
  }

  get isNew(): boolean {
    return this.#emittedAt === undefined;
  }

  /** Milliseconds until the next event; 0 or less when it is due. */
  dueIn(at: number, repeatMilliseconds: number): number {
    if (this.#emittedAt === undefined || this.#over.size === 0) return 0;
    return this.#emittedAt + repeatMilliseconds - at;
  }

  /** Emits `pg_otel.operation.slow`, if the budget allows it. */
  emit(log: EventLog, at: number): void {
    if (this.#budget.take(at)) this.#emit(log, at);
  }

  /** Emits an event for the operations that have crossed the limit since the last one. */
  flush(log: EventLog, at: number): void {
    if (this.#crossings > 0) this.#emit(log, at);
  }

  #emit(log: EventLog, at: number): void {
    const [oldest] = this.#over;
    const crossings = this.#crossings;
    const ended = this.#ended;
    // Updated before the event is emitted: a log processor may end operations of this group.
    this.#emittedAt = at;
    this.#isAskedAhead = false;
    this.#crossings = 0;
    this.#ended = undefined;
    const running = oldest ?? ended?.running;
    log.emit({
      eventName: EVENT_OPERATION_SLOW,
      severity: 'WARN',
      attributes: this.attributes,
      details: {
        [OPERATION_ELAPSED]: oldest?.elapsedSeconds(at) ?? ended?.elapsedSeconds,
        [OPERATION_RUNNING]: this.#over.size,
        [OPERATION_CROSSINGS]: crossings,
        ...(running && waitAttributes(running)),
        ...(oldest && newDiagnosis(oldest, at)),
      },
      context: contextOf(running?.spanContext),
    });
  }
}

/** The attributes of a diagnosis that is not outdated: its sentences contain durations. */
const newDiagnosis = ({ diagnosis, diagnosedAt }: RunningOperation, at: number): Attributes | undefined =>
  diagnosis !== undefined && at - diagnosedAt <= OUTDATED_MILLISECONDS
    ? diagnosisAttributes(diagnosis)
    : undefined;

/** Returns the known wait times of an operation. */
export function waitAttributes({
  poolWaitSeconds,
  queueSeconds,
  firstRowSeconds,
}: RunningOperation): Attributes {
  return {
    ...(poolWaitSeconds !== undefined && { [POOL_WAIT_TIME]: poolWaitSeconds }),
    ...(queueSeconds !== undefined && { [CLIENT_QUEUE_TIME]: queueSeconds }),
    ...(firstRowSeconds !== undefined && { [FIRST_ROW_TIME]: firstRowSeconds }),
  };
}
