import { type Attributes, trace } from '@opentelemetry/api';
import { now } from '../../clock';
import type { Operation } from '../../operation';
import {
  DB_QUERY_SUMMARY,
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  EVENT_OPERATION_EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_TYPE,
  OPERATION_KIND,
  POOL_NAME,
} from '../../semconv';
import { CountedEvents } from './counted-events';
import type { EventLog } from './event-log';

/** `db.client.operation.exception` (semconv, database exceptions) of each operation that has failed. */
export class Exceptions {
  readonly #events: CountedEvents;
  readonly #tellsMessages: boolean;

  constructor(log: EventLog, tellsMessages: boolean) {
    this.#events = new CountedEvents(log);
    this.#tellsMessages = tellsMessages;
  }

  failed(operation: Operation): void {
    const { failure, error, context, span } = operation;
    if (failure === undefined) return;
    const { pool, target } = operation;
    const attributes: Attributes = {
      ...target.attributes,
      [OPERATION_KIND]: operation.kind,
      [EXCEPTION_TYPE]: className(error),
      [ERROR_TYPE]: failure.type,
    };
    if (failure.sqlState !== undefined) attributes[DB_RESPONSE_STATUS_CODE] = failure.sqlState;
    if (pool !== undefined) attributes[POOL_NAME] = pool.name;
    if (operation.kind === 'query' && operation.prepared.statement.summary !== '') {
      attributes[DB_QUERY_SUMMARY] = operation.prepared.statement.summary;
    }
    this.#events.add(
      {
        eventName: EVENT_OPERATION_EXCEPTION,
        severity: 'WARN',
        attributes,
        details: this.#tellsMessages ? { [EXCEPTION_MESSAGE]: messageOf(error) } : {},
        context: span === undefined ? context : trace.setSpan(context, span),
      },
      operation.durationSeconds,
      operation.endedAt ?? now(),
    );
  }

  get areWaiting(): boolean {
    return this.#events.areWaiting;
  }

  flush(): void {
    this.#events.flush();
  }

  /** Returns the milliseconds until there is more to tell; `undefined` when all is told. */
  beat(at: number): number | undefined {
    this.#events.beat(at);
    return this.areWaiting ? 0 : undefined;
  }
}

function className(error: unknown): string {
  const name = (error as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : typeof error;
}

function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
