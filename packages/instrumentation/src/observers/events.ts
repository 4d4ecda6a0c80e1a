import { type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { now, seconds } from '../clock';
import type { Operation } from '../operation';
import type { PoolState } from '../pool-state';
import {
  DB_QUERY_SUMMARY,
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  EVENT_CONNECTION_HELD,
  EVENT_OPERATION_EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_TYPE,
  HELD_LIMIT,
  HELD_TIME,
  OPERATION_KIND,
  POOL_NAME,
} from '../semconv';

/** SeverityNumber.WARN of the logs API, which lives in another package on each OpenTelemetry line. */
const WARN = { severityNumber: 13, severityText: 'WARN' };

/** Seconds after which a connection in a caller's hands is told as held. */
const HELD_LIMIT_SECONDS = 30;

/** What both lines' loggers take. */
export interface EventLogger {
  emit(record: {
    eventName: string;
    severityNumber: number;
    severityText: string;
    attributes: Record<string, string | number | boolean | undefined>;
    context: Context;
  }): void;
}

/** Log events, whatever the trace sampling decided; nothing where no logger provider is set. */
export class Events {
  readonly #providers: { readonly logger: EventLogger };
  readonly #tellsMessages: boolean;

  constructor(providers: { readonly logger: EventLogger }, tellsMessages: boolean) {
    this.#providers = providers;
    this.#tellsMessages = tellsMessages;
  }

  /** `db.client.operation.exception` (semconv, database exceptions) of an operation that has failed. */
  failed(operation: Operation): void {
    const { failure, error, context, span } = operation;
    if (failure === undefined) return;
    const { type, sqlState } = failure;
    const pool = operation.kind === 'query' ? undefined : operation.pool;
    const target = operation.kind === 'acquire' ? operation.pool.target : operation.target;
    const attributes: Record<string, string | number | boolean | undefined> = {
      ...(target.attributes as Record<string, string | number>),
      [OPERATION_KIND]: operation.kind,
      [EXCEPTION_TYPE]: className(error),
      [ERROR_TYPE]: type,
    };
    if (sqlState !== undefined) attributes[DB_RESPONSE_STATUS_CODE] = sqlState;
    if (pool !== undefined) attributes[POOL_NAME] = pool.name;
    if (operation.kind === 'query' && operation.prepared.statement.summary !== '') {
      attributes[DB_QUERY_SUMMARY] = operation.prepared.statement.summary;
    }
    if (this.#tellsMessages) attributes[EXCEPTION_MESSAGE] = messageOf(error);
    this.#providers.logger.emit({
      eventName: EVENT_OPERATION_EXCEPTION,
      ...WARN,
      attributes,
      context: span === undefined ? context : trace.setSpan(context, span),
    });
  }

  /** `pg_otel.connection.held`, once for each checkout, when the pools are looked at. */
  held(pool: PoolState): void {
    const at = now();
    for (const checkout of pool.checkouts) {
      const heldSeconds = seconds(at - checkout.acquiredAt);
      if (heldSeconds < HELD_LIMIT_SECONDS) return;
      if (checkout.isTold) continue;
      checkout.isTold = true;
      this.#providers.logger.emit({
        eventName: EVENT_CONNECTION_HELD,
        ...WARN,
        attributes: {
          ...(pool.target.attributes as Record<string, string | number>),
          [POOL_NAME]: pool.name,
          [HELD_TIME]: heldSeconds,
          [HELD_LIMIT]: HELD_LIMIT_SECONDS,
        },
        context: contextOf(checkout.holder),
      });
    }
  }
}

const contextOf = (spanContext: SpanContext | undefined): Context =>
  spanContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);

function className(error: unknown): string {
  const name = (error as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : typeof error;
}

function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
