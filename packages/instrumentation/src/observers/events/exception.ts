import { trace } from '@opentelemetry/api';
import { type ErrorClass, withoutSecrets } from '../../error-class';
import type { Operation } from '../../operation';
import {
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  EVENT_OPERATION_EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_TYPE,
} from '../../semconv';
import type { EventRecord } from './event-log';
import { subject } from './subject';

/** `db.client.operation.exception` (semconv, database exceptions) of an operation that has failed. */
export function exceptionEvent(
  operation: Operation,
  { type, sqlState }: ErrorClass,
  tellsMessages: boolean,
): EventRecord {
  const { error, context, span } = operation;
  return {
    eventName: EVENT_OPERATION_EXCEPTION,
    severity: 'WARN',
    attributes: {
      ...subject(operation, operation.summary),
      [EXCEPTION_TYPE]: className(error),
      [ERROR_TYPE]: type,
      ...(sqlState !== undefined && { [DB_RESPONSE_STATUS_CODE]: sqlState }),
    },
    details: tellsMessages ? { [EXCEPTION_MESSAGE]: messageOf(error) } : {},
    context: span === undefined ? context : trace.setSpan(context, span),
  };
}

function className(error: unknown): string {
  const name = (error as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : typeof error;
}

function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return withoutSecrets(typeof message === 'string' ? message : String(error));
}
