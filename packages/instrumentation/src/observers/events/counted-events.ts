import { trace } from '@opentelemetry/api';
import {
  DB_SYSTEM_NAME,
  ERROR_TYPE,
  OPERATION_COUNT,
  OPERATION_KIND,
  OTHER,
  POSTGRESQL,
} from '../../semconv';
import { Budget } from './budget';
import { contextOf, type EventLog, type EventRecord } from './event-log';

/** Kinds of events that are counted apart; beyond them only the kind of operation is told apart. */
const MAX_APART = 100;

interface Counted {
  readonly record: EventRecord;
  readonly seconds: number;
  readonly count: number;
}

/**
 * Events of single operations: each is told at once while the budget lasts. What comes beyond it is counted, like
 * with like, and told as one event for so many operations when there is budget again.
 */
export class CountedEvents {
  readonly #log: EventLog;
  readonly #budget = new Budget();
  readonly #waiting = new Map<string, Counted>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** @param seconds how long the operation took: of those counted together the longest is told */
  add(record: EventRecord, seconds: number, at: number): void {
    if (this.#waiting.size === 0 && this.#budget.take(at)) this.#log.emit(record);
    else this.#wait(record, seconds);
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Tells what the budget allows; returns the milliseconds until there is more, `undefined` when all is told. */
  beat(at: number): number | undefined {
    for (const [key, counted] of this.#waiting) {
      if (!this.#budget.take(at)) return 0;
      this.#tell(key, counted);
    }
    return undefined;
  }

  /** Tells all that waits. */
  flush(): void {
    for (const [key, counted] of this.#waiting) this.#tell(key, counted);
  }

  #tell(key: string, { record, count }: Counted): void {
    this.#waiting.delete(key);
    const counted = count === 1 ? undefined : { [OPERATION_COUNT]: count };
    this.#log.emit({ ...record, details: { ...record.details, ...counted } });
  }

  #wait(record: EventRecord, seconds: number): void {
    const { key, record: told } = this.#apart(record);
    const before = this.#waiting.get(key);
    const count = (before?.count ?? 0) + 1;
    if (before !== undefined && before.seconds >= seconds) {
      const record = { ...before.record, standing: told.standing };
      this.#waiting.set(key, { ...before, record, count });
      return;
    }
    // What waits must not keep the caller's context alive.
    const context = contextOf(trace.getSpanContext(record.context));
    this.#waiting.set(key, { record: { ...told, context }, seconds, count });
  }

  #apart(record: EventRecord): { key: string; record: EventRecord } {
    const key = JSON.stringify(record.attributes);
    if (this.#waiting.has(key) || this.#waiting.size < MAX_APART) return { key, record };
    // Types of errors may be the application's own, and as many as it likes.
    const attributes = {
      [DB_SYSTEM_NAME]: POSTGRESQL,
      [OPERATION_KIND]: record.attributes[OPERATION_KIND],
      ...(record.attributes[ERROR_TYPE] !== undefined && { [ERROR_TYPE]: OTHER }),
    };
    return { key: JSON.stringify(attributes), record: { ...record, attributes } };
  }
}
