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

/** Distinct events that are counted separately; further ones are distinguished by their kind of operation only. */
const MAX_DISTINCT = 100;

interface Counted {
  readonly record: EventRecord;
  readonly seconds: number;
  readonly count: number;
}

/**
 * Emits events of single operations at once while the budget lasts. Events beyond the budget are counted, equal ones
 * together, and emitted as one event with their number when there is budget again.
 */
export class CountedEvents {
  readonly #log: EventLog;
  readonly #budget = new Budget();
  readonly #waiting = new Map<string, Counted>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  /**
   * @param seconds how long the operation took. Of events counted together, the event of the longest operation is
   * emitted
   */
  add(record: EventRecord, seconds: number, at: number): void {
    if (this.#waiting.size === 0 && this.#budget.take(at)) this.#log.emit(record);
    else this.#wait(record, seconds);
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Emits as many waiting events as the budget allows. Returns the milliseconds until the next check, `undefined` when
   * nothing waits.
   */
  beat(at: number): number | undefined {
    for (const [key, counted] of this.#waiting) {
      if (!this.#budget.take(at)) return 0;
      this.#emit(key, counted);
    }
    return undefined;
  }

  /** Emits all events that wait, regardless of the budget. A log processor may cause further ones, without end. */
  flush(): void {
    for (const [key, counted] of [...this.#waiting]) this.#emit(key, counted);
  }

  #emit(key: string, { record, count }: Counted): void {
    this.#waiting.delete(key);
    const counted = count === 1 ? undefined : { [OPERATION_COUNT]: count };
    this.#log.emit({ ...record, details: { ...record.details, ...counted } });
  }

  #wait(record: EventRecord, seconds: number): void {
    const { key, record: distinct } = this.#distinct(record);
    const before = this.#waiting.get(key);
    const count = (before?.count ?? 0) + 1;
    if (before !== undefined && before.seconds >= seconds) {
      const record = { ...before.record, state: distinct.state };
      this.#waiting.set(key, { ...before, record, count });
      return;
    }
    // An event that waits must not keep the caller's context alive.
    const context = contextOf(trace.getSpanContext(record.context));
    this.#waiting.set(key, { record: { ...distinct, context }, seconds, count });
  }

  /**
   * Returns the key by which an event is counted, and the event, with fewer attributes if too many distinct events wait.
   */
  #distinct(record: EventRecord): { key: string; record: EventRecord } {
    const key = JSON.stringify(record.attributes);
    if (this.#waiting.has(key) || this.#waiting.size < MAX_DISTINCT) return { key, record };
    // Applications may define any number of error types.
    const attributes = {
      [DB_SYSTEM_NAME]: POSTGRESQL,
      [OPERATION_KIND]: record.attributes[OPERATION_KIND],
      ...(record.attributes[ERROR_TYPE] !== undefined && { [ERROR_TYPE]: OTHER }),
    };
    return { key: JSON.stringify(attributes), record: { ...record, attributes } };
  }
}
