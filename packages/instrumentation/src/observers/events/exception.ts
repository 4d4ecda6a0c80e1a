import { type Attributes, trace } from '@opentelemetry/api';
import { classNameOf, type ErrorClass } from '../../error-class';
import { messageWithoutSecrets } from '../../message';
import type { Operation } from '../../operation';
import {
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  EVENT_OPERATION_EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_TYPE,
} from '../../semconv';
import { Target } from '../../target';
import type { EventRecord } from './event-log';
import { subject } from './subject';

/** `db.client.operation.exception` (semconv, database exceptions) of an operation that has failed. */
export function exceptionEvent(
  operation: Operation,
  { type, sqlState }: ErrorClass,
  tellsMessages: boolean,
): EventRecord {
  const { error, context, span, target } = operation;
  return {
    eventName: EVENT_OPERATION_EXCEPTION,
    severity: 'WARN',
    attributes: {
      ...subject(operation, operation.summary),
      [EXCEPTION_TYPE]: classNameOf(error),
      [ERROR_TYPE]: type,
      ...(sqlState !== undefined && { [DB_RESPONSE_STATUS_CODE]: sqlState }),
    },
    // The server repeats the name of a database that does not exist, and the resolver that of a host.
    details: tellsMessages && target !== Target.unparsable ? messageOf(error) : {},
    context: span === undefined ? context : trace.setSpan(context, span),
  };
}

function messageOf(error: unknown): Attributes {
  try {
    const message = (error as { message?: unknown } | null)?.message;
    return {
      [EXCEPTION_MESSAGE]: messageWithoutSecrets(typeof message === 'string' ? message : String(error)),
    };
  } catch {
    // The members of an error may be getters, and throw.
    return {};
  }
}
