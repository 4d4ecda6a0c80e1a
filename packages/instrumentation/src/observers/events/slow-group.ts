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
import type { Budget } from './budget';
import { contextOf, type EventLog } from './event-log';
import type { RunningOperation } from './running-operation';
import { subject } from './subject';

/** Operations of one kind, pool (or target) and summary that have crossed one limit: told as one. */
export class SlowGroup {
  /** What its operations have in common. */
  readonly attributes: Attributes;
  readonly #budget: Budget;
  /** In the order of their crossings: except for cursors and streams that of their starts. */
  readonly #over = new Set<RunningOperation>();
  /** Since the last telling. */
  #crossings = 0;
  #toldAt: number | undefined;
  /** The longest that has crossed since the last telling and is over: told where none runs any more. */
  #ended: { readonly running: RunningOperation; readonly elapsedSeconds: number } | undefined;

  constructor(running: RunningOperation, summary: string, limitSeconds: number, budget: Budget) {
    this.attributes = { ...subject(running, summary), [OPERATION_LIMIT]: limitSeconds };
    this.#budget = budget;
  }

  crossed(running: RunningOperation): void {
    this.#over.add(running);
    this.#crossings += 1;
  }

  ended(running: RunningOperation, elapsedSeconds: number): void {
    this.#over.delete(running);
    if (this.#crossings > 0 && elapsedSeconds > (this.#ended?.elapsedSeconds ?? 0)) {
      this.#ended = { running, elapsedSeconds };
    }
  }

  /** Forgets those that nobody can end any more. */
  forgetAbandoned(): void {
    for (const running of this.#over) if (running.isAbandoned) this.#over.delete(running);
  }

  /** None is over the limit, and none is untold. */
  get isOver(): boolean {
    return this.#over.size === 0 && this.#crossings === 0;
  }

  get isNew(): boolean {
    return this.#toldAt === undefined;
  }

  /** Milliseconds until it is to be told; not above 0 when that is now. */
  dueIn(at: number, repeatMilliseconds: number): number {
    if (this.#toldAt === undefined || this.#over.size === 0) return 0;
    return this.#toldAt + repeatMilliseconds - at;
  }

  /** `pg_otel.operation.slow`, if there is budget for it. */
  tell(log: EventLog, at: number): void {
    if (this.#budget.take(at)) this.#tell(log, at);
  }

  /** Tells what has crossed since the last telling. */
  flush(log: EventLog, at: number): void {
    if (this.#crossings > 0) this.#tell(log, at);
  }

  #tell(log: EventLog, at: number): void {
    const [oldest] = this.#over;
    const crossings = this.#crossings;
    const ended = this.#ended;
    // Before anybody hears of it: who hears may end operations of this group.
    this.#toldAt = at;
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
        ...(running && waits(running)),
      },
      context: contextOf(running?.spanContext),
    });
  }
}

/** Where the time of an operation went, as far as it is known. */
export function waits({ poolWaitSeconds, queueSeconds, firstRowSeconds }: RunningOperation): Attributes {
  return {
    ...(poolWaitSeconds !== undefined && { [POOL_WAIT_TIME]: poolWaitSeconds }),
    ...(queueSeconds !== undefined && { [CLIENT_QUEUE_TIME]: queueSeconds }),
    ...(firstRowSeconds !== undefined && { [FIRST_ROW_TIME]: firstRowSeconds }),
  };
}
